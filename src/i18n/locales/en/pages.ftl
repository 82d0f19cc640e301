### Texts of the pages. The keys are those of ru/pages.ftl.

## Common

product = mailapp
skip = Skip to content
lost = No answer came. Check the connection and reload the page.
back = Back
to-start = To the start page
cancel = Cancel
save = Save
add = Add
edit = Edit
delete = Delete
find = Search
optional = (optional)
crumbs = Where you are
quoted = “{ $text }”
prev = Back
next = Next
page-first = First page
page-last = Last page
at-least = at least { $shown }
nothing-found-here = Nothing so far
nothing-found-here-text = Only a part of the list has been looked through: such a search goes step by step, from newer entries to older ones.
search-further = Search further
newer = Newer
older = Older
found = { $count ->
    [one] { $shown } entry found
   *[other] { $shown } entries found
}
nothing-found = Nothing found
nothing-found-text = There is nothing for “{ $q }”. Try fewer or other words.
show-all = Show all
comment = Comment
owner = Owner
state = State
status = Status
time = Time
total = Total
updated = Changed
updated-at = Changed { $when }
bytes = { $count ->
    [one] { $shown } byte
   *[other] { $shown } bytes
}

## Menu

nav-label = Sections
nav-menu = Menu
nav-account = Account
nav-mailings = Mailings
nav-messages = Messages
nav-recipients = Recipients
nav-manager = Manager
nav-mailbox = Captured mail
nav-running = Running now

## Signing in

sign-in = Sign in
sign-in-title = Sign in
sign-out = Sign out
email = Email
password = Password

## The service as a whole

capture-banner = No mail leaves this machine: no mail server is configured, everything is kept here.
capture-see = Have a look

## Recipients

recipient = Recipient
recipient-active = Active
recipient-unsubscribed = Unsubscribed
full-name = Full name
added = Added
recipients-count = { $count ->
    [one] { $shown } recipient
   *[other] { $shown } recipients
}
recipients-search = Email, name or comment
recipients-empty = No recipients yet
recipients-empty-text = Add the first one: all you need is an email address.
recipient-add = Add a recipient
recipient-new = New recipient
recipient-edit = Edit recipient
recipient-email-hint = For example ivan@example.com or maria@почта.рф.
recipient-comment-hint = Seen by you and the managers only, never part of a mail.
import = Add from a table
import-many = From a table
import-file = File
import-file-other = Another file
import-file-hint = CSV, TSV or TXT, up to 8 MB. In Excel: File → Save As → CSV.
import-encoding = File encoding
import-encoding-auto = Detect automatically
import-encoding-hint = Change it if you see other characters instead of letters.
import-table = Or paste a table
import-hint = One line per recipient: address, full name, comment, separated by commas, semicolons or tabs, with or without headings. Columns copied from a spreadsheet and addresses copied from a mail’s “To” field will do too. Up to 10,000 recipients and 2 MB at a time.
import-check = Check
import-again = Check again
import-preview = What will be added
import-people = { $count ->
    [one] { $count } recipient
   *[other] { $count } recipients
}
import-kept = { $size } KB, kept for an hour
import-headings = The first line has column headings
import-column = Column
import-heading = Heading
import-sample = Contents
import-role = Import as
import-role-of = Import column { $number } { $heading } as
import-first = First recipients
import-source = Original table
import-skip = Skip { $shape ->
    [list] addresses with mistakes
   *[table] lines with mistakes
}
import-skip-hint = All other recipients will be added.
import-update = Update those who are there already
import-update-hint = Their names and comments become those of the table, where it has any; those unsubscribed in the table are unsubscribed. Without this they stay as they are.
import-do = Add
import-wrong = { $shape ->
    [list] Addresses with mistakes
   *[table] Lines with mistakes
}
import-line = Line
import-text = What it says
import-why = What is wrong
import-wrong-more = And { $count } more.
recipient-wire = Goes to the mail server as
recipient-unsubscribed-text = This recipient has unsubscribed: mailings are no longer sent to them.
recipient-mailings = In mailings
recipient-mailings-none = Not in any mailing yet.

## Messages

message = Message
subject = Subject
in-mailings = In mailings
messages-count = { $count ->
    [one] { $shown } message
   *[other] { $shown } messages
}
messages-search = Subject or text
messages-empty = No messages yet
messages-empty-text = Write the first one: the subject and the text that your clients will get.
message-write = Write a message
message-new = New message
message-edit = Edit message
message-subject = Subject
message-body = Body
message-text = Text with placeholders
message-mailings = In mailings
message-mailings-none = Not in any mailing yet.
marks = Placeholders
marks-text = Put them into the subject or the body: every mail has its own words in their place.
marks-default = Where the name is empty, the text after the bar is used:
marks-default-word = friend
marks-no-base-url = The service's public address (base_url) isn't set, so a message with an unsubscribe link can't be sent.
preview = Preview
preview-for = for { $who }

## Mailings

mailing = Mailing
status-created = Created
status-running = Running
status-finished = Finished
switched-off = Switched off
switched-off-text = A manager has switched this mailing off. Nothing is sent while it is off.
switched-off-because = A manager has switched this mailing off: { $reason }
mailings-count = { $count ->
    [one] { $shown } mailing
   *[other] { $shown } mailings
}
mailings-search = Title or subject
mailings-empty = No mailings yet
mailings-empty-text = Create the first one: choose a message, the recipients and the time.
mailings-none-such = There are no mailings with this status.
mailing-create = Create a mailing
mailing-new = New mailing
mailing-edit = Edit mailing
mailing-title = Title
mailing-title-hint = Recipients do not see it; it is not part of the mail. If left empty, the subject serves.
mailing-choose-message = Choose a message
mailing-no-messages = There are no messages yet.
mailing-starts = First send
mailing-ends = End
mailing-zone = Time zone: { $zone }. Nothing is sent after the end.
mailing-automatic = Send automatically
mailing-automatic-hint = The first sending starts by itself at the planned time, unless you send it earlier.
mailing-recipients = Recipients of the mailing
mailing-recipients-none = This mailing has no recipients
starts-itself = starts automatically
starts-by-hand = started by hand
send-now = Send now
send-again = Send again
send-failed = Retry the failed: { $shown }

## Choosing recipients

picker-chosen = { $shown } of { $total } chosen
picker-all = Add all: { $shown }
picker-all-found = Add all found: { $shown }
picker-none = Clear
picker-empty-text = The mailing can be saved without recipients; choose them later.
window = Dates
filling-title = Putting the recipients together
filling-text-new = The mailing appears when the list is complete. This page may be closed: the work goes on.
filling-text-change = Until the list is complete, the mailing keeps the recipients that it had. This page may be closed: the work goes on.
filling-progress = { $looked } of { $total } looked at, { $found } chosen
filling-cancel = Stop
filling-here = The recipients of mailing #{ $id } are being put together.
filling-watch = Watch
notice-filling-cancelled = Stopped. The mailing was not created.
notice-filling-kept = Stopped. The mailing keeps the recipients that it had.
notice-filling-over = The recipients are complete already; there is nothing to stop.
nav-cache = Cache
cache-text = Answers that the service keeps in memory so as not to look them up again. Any change of the data makes earlier answers void at once.
cache-hits = Taken from memory
cache-misses = Looked up anew
cache-answers = Answers in memory
cache-size = Size
cache-size-of = { $size } of { $capacity } KB

## Runs

accepted = Accepted
failed = Failed
waiting-retry = Waiting to retry
queued = Queued
pause = Pause
resume = Resume
run-cancel = Cancel the run
run-title = Run No. { $id }
run-of = Run of { $when }
run-latest = Sending
run-progress = Progress
run-percent = { $percent }%
run-done-of = { $done } of { $total }
run-on-hold = paused
run-accepted-of = { $accepted } of { $total } accepted
run-failed-count = { $shown } failed
run-started = Started
run-started-by = Started { $when } · { $by }
run-by = By
run-ended = Ended { $when }
run-trying = Being sent now: { $shown }
run-in-doubt = In doubt: { $shown }
run-expired = Expired: { $shown }
run-skipped = Skipped: { $shown }
run-sent-text = What was sent
run-sent-text-hint = the text as it was at the start
runs-earlier = Earlier runs
runs-empty = Not sent yet
runs-empty-text = The progress and the mail server’s reply to every mail will be shown here.

## Attempts

attempts = Attempts
attempts-filter = Which attempts to show
attempts-none = No attempts yet.
attempt-nth = attempt { $nth }
reply = Reply of the mail server

## Captured mail

mailbox-text = Mail that has not left this machine, because no mail server is configured. Letters about other people's accounts are for their addressees only; on the server the command mailapp mailbox shows them.
mailbox-bound = The latest emails are kept, up to { $max } MB in all.
mailbox-empty = No mail
mailbox-empty-text = Mail that is sent without a mail server appears here.
mails-count = { $count ->
    [one] { $shown } mail
   *[other] { $shown } mails
}
mail-from = From
mail-to = To
mail-size = Size
mail-no-subject = No subject
mail-no-text = This mail has no text part.
mail-view = View of the mail
mail-tab-text = Text
mail-tab-source = Source
mail-download = Download .eml
mail-headers = Headers
mail-header = Header
mail-value = Value

## Unsubscribing

unsubscribe = Unsubscribe
unsubscribe-title = Unsubscribe from this mailing?
unsubscribe-text = No more mailings of this sender will be sent to { $email }.
unsubscribe-of = No more mailings of { $owner } will be sent to { $email }.
unsubscribe-also = If the sender has a newer address for you, it will be unsubscribed, too.
unsubscribe-done = You are unsubscribed
unsubscribe-done-text = No more mailings of this sender will go to { $email }. You can close this page.
unsubscribe-done-of = No more mailings of { $owner } will go to { $email }. You can close this page.
unsubscribe-done-also = The newer address that the sender has for you is unsubscribed, too.
