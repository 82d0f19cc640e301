### Overview, statistics, the log of attempts. The keys are those of ru/statistics.ftl.

nav-overview = Overview
nav-attempts = Attempts
nav-statistics = Statistics

## Overview

steps-title = Where to begin
step-done = Done:
step-to-recipients = Add recipients
step-to-message = Write a message
step-to-mailing = Create a mailing
step-to-send = Send it
step-hint-recipients = Only an email address is needed; a full name is useful for addressing people.
step-hint-message = A subject and a text. In place of the placeholders each recipient gets their own words.
step-hint-mailing = Choose a message, recipients and the time of sending.
step-hint-send = Open the mailing and press “Send now”, or wait for the planned time.
overview-mailings = Mailings in all
overview-running = Running now
overview-recipients = Unique recipients
overview-recipients-all = Recipients
overview-unfinished-all = Show all
overview-unfinished = Being sent
mails-sent = Mails sent
attempts-counted = Attempts
period = Period
period-today = Today
period-week = 7 days
period-month = 30 days
period-all = All time
all-attempts = Attempts
last-failures = Last failures
all-failures = All that failed
failures-none = No attempt has failed.

## Statistics

statistics-zone = Hours, days, weeks and months are those of { $zone }. A mail is sent when a mail server has taken it.
statistics-of = Statistics: { $title }
statistics-of-run = Only run { $run }.
statistics-all-runs = Show all runs
statistics-first = These are the first { $shown }; all of them are in the file.
statistics-none = Nothing was sent in this period
statistics-none-text = Once mails go out you will see here how many the mail servers took, what they answered and how long it took.
statistics-coarser = The step is too fine for a period this long; a coarser one is shown.
statistics-runs = By run
statistics-mailings = By mailing
statistics-replies = Why attempts failed
statistics-domains = By recipients' domain
statistics-durations = How long an attempt took
show = Show
attempts-succeeded = Successful attempts
attempts-failed = Failed attempts
attempts-hint = These are attempts: one recipient may take several, and each retry is counted. Recipients are counted on the mailing's page.
run-recipients = Recipients of run #{ $run }
run-recipients-accepted = Recipients: accepted
run-recipients-failed = Recipients: failed
run-recipients-open = Recipients: still to be sent
run-recipients-other = Recipients: in doubt or skipped
attempt-took = An attempt took
at-most = at most { $span }
attempts-over-time = Attempts over time
attempts-over-time-table = Attempts over time as a table
step = Step
step-hour = Hours
step-day = Days
step-week = Weeks
step-month = Months
chart-said = Bars: { $accepted } attempts succeeded, { $failed } failed. All numbers are in the table beside.
chart-bar = { $piece }: { $accepted } succeeded, { $failed } failed
of-refused = { $shown } refused
of-deferred = { $shown } temporary
of-in-doubt = { $shown } in doubt
took = Took
not-yet-over = not over yet
per-minute = { $shown } mails/min
share = Share
reply-meaning = Reply and what it means
reply-none = there was no reply
charged-to-relay = the mail server's fault, not the recipient's
domain = Domain
took-under = less than { $to }
took-between = { $from } to { $to }
took-over = { $from } and longer

## The log of attempts

attempts-text = Every attempt and the mail server's reply, the newest first.
attempts-none-text = Every attempt will be here: to whom, when, and what the mail server replied.
attempts-none-such = There are no such attempts.
attempts-none-so-far = None of those looked at is such an attempt.
attempts-looked-until = The log was looked through back to { $when }. Go to the older ones to look further.
attempts-not-understood = Correct what to look for.
filter-address = Recipient's address
filter-outcome = How it ended
filter-any = In any way
filter-code = Reply code
filter-domain = Domain
filter-mailing = Mailing No.
filter-run = Run No.
ended-accepted = Accepted
ended-failed = Failed (in any way)
ended-refused = Refused
ended-deferred = Failed (temporary)
ended-in-doubt = In doubt
export-excel = for Excel

## What became of a mail

history = What was sent to them
history-answer = Did it arrive, and why
history-none = Nothing has been sent to this recipient yet.
delivery-waiting = Waiting
delivery-trying = Being sent
delivery-accepted = Accepted
delivery-refused = Failed
delivery-in-doubt = In doubt
delivery-expired = Not in time
delivery-skipped = Skipped
reached-all = All
reached-accepted = Accepted
reached-failed = Failed
reached-waiting = Waiting
reached-in-doubt = In doubt
reached-skipped = Skipped
reached-not-sent = Not sent yet
reached-filter = Outcome of the last run
reached-nobody = There is nobody with this outcome
fate-not-sent = Not sent yet: no run of this mailing had this recipient.
fate-waiting = Waits for its turn: it has not been sent yet.
fate-paused = Not sent yet: the run is paused.
fate-deferred = Not there yet. { $when } the mail server replied: { $reply }. Next try: { $due }.
fate-deferred-paused = Not there yet, and the run is paused. { $when } the mail server replied: { $reply }.
fate-trying = Is being sent at this moment.
fate-accepted = A mail server took it { $when }. If it cannot be found, the recipient should look into the spam folder.
fate-refused = Did not arrive and will not be tried again. { $when } the mail server replied: { $reply }.
fate-in-doubt = Unknown: { $when } the connection broke when the server may have taken the mail already ({ $reply }).
fate-expired = { $why ->
    [asked] Not sent: the run was paused when the mailing ended.
    [switched_off] Not sent: a manager had switched the mailing off, and it ended.
    [owner_blocked] Not sent: the mailing's owner was blocked when it ended.
    [relay] Not sent: our mail server did not work until the mailing ended.
    [password] Not sent: our mail server did not take the password until the mailing ended.
    [refusals] Not sent: the run was paused because nearly all mails were refused, and the mailing ended.
    [rejected] Not sent: the run was paused because the mail server refused us, and the mailing ended.
    [doubts] Not sent: the run was paused because the mail server did not confirm emails, and the mailing ended.
    [restored] Not sent: the run was paused after a restore, and the mailing ended.
   *[other] Not sent: its turn had not come when the mailing ended.
}
fate-expired-tried = { $why ->
    [asked] Did not arrive: the run was paused when the mailing ended.
    [switched_off] Did not arrive: a manager had switched the mailing off, and it ended.
    [owner_blocked] Did not arrive: the mailing's owner was blocked when it ended.
    [relay] Did not arrive: our mail server did not work until the mailing ended.
    [password] Did not arrive: our mail server did not take the password until the mailing ended.
    [refusals] Did not arrive: the run was paused because nearly all mails were refused, and the mailing ended.
    [rejected] Did not arrive: the run was paused because the mail server refused us, and the mailing ended.
    [doubts] Did not arrive: the run was paused because the mail server did not confirm emails, and the mailing ended.
    [restored] Did not arrive: the run was paused after a restore, and the mailing ended.
   *[other] Did not arrive before the mailing ended.
} The mail server's last reply, { $when }: { $reply }.
fate-doubted = Unknown: one try ended when the server may have taken the mail already. Next try: { $due }.
fate-doubted-paused = Unknown: one try ended when the server may have taken the mail already. The run is paused.
fate-doubted-over = Unknown: one try ended when the server may have taken the mail already. The last reply, { $when }: { $reply }.
fate-unsubscribed = Not sent: the recipient has unsubscribed.
fate-cancelled = Not sent: the run was cancelled.
fate-deleted = Not sent: the recipient was deleted.
fate-address-changed = Not sent: the recipient's address was changed. The email goes to the new address.
fate-skipped = Skipped.

## What is wrong with what to look for

error-code-malformed = A reply code is three digits, like 550, or three numbers with dots, like 5.1.1.
error-outcome-unknown = Attempts do not end like that. They end as accepted, failed, refused, deferred or in_doubt.
error-number-malformed = A number is whole, like 42.
error-page-key = The address of this page of the list is wrong, so its beginning is shown.
error-report-unknown = There is no such report. Go back to the statistics page and choose a file there.

## The command line

cli-stats = Show statistics: attempts over time, by mailing, domain and reply
cli-stats-mailing = Of one mailing only
cli-stats-by = Step: hour, day, week or month
cli-attempts = Show the log of attempts, newest first
cli-attempts-mailing = Of this mailing only
cli-attempts-run = Of this run only
cli-attempts-outcome = How it ended: accepted, failed, refused, deferred, in_doubt
cli-attempts-code = Reply code: 550 or 5.1.1
cli-attempts-domain = The recipient's domain
cli-attempts-address = The recipient's address
cli-mailings = Show mailings
cli-mailings-status = With this status only: created, running, finished
cli-recipients = Show recipients
cli-messages = Show messages
cli-doctor = Check the database and recount its stored totals
cli-arg-user = This user's only (their email address)
cli-arg-from = First day, for example 2026-11-01
cli-arg-until = Last day, included
cli-arg-list-search = Words to be found
cli-rows-more = The first { $count } are shown. For more: --count { $more }

doctor-integrity = The database file
doctor-foreign-keys = References between tables
doctor-addresses = Keys by which users' and recipients' addresses are compared
doctor-owners = Owners of runs and attempts
doctor-users = Counts of users
doctor-kept-counts = Counts of everything
doctor-doubts-left = Mails in doubt that were left
doctor-mailings = Recipients of mailings
doctor-runs = Counters of runs
doctor-run-attempts = Attempts of runs
doctor-deliveries = Attempts of each mail
doctor-totals-of-time = Totals by time
doctor-totals-of-domains = Totals by domain
doctor-totals-of-run-domains = Totals by domain and run
doctor-totals-of-replies = Totals by reply
doctor-totals-of-run-replies = Totals by reply and run
doctor-fine = fine
doctor-differs = DIFFERS
doctor-difference = { $subject }: { $kept } is kept, { $counted } is there
doctor-well = The database is sound.
doctor-ill = The database is not sound. Keep a copy and change nothing in it by hand; if mail is being sent, stop mailapp serve.
