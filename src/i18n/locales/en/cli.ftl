### The command line

cli-about = mailapp: mailings for a small organisation, in one executable with one database file.
cli-usage = Usage:
cli-commands = Commands
cli-command = COMMAND
cli-options = Options
cli-arguments = Arguments
cli-after-help =
    Exit codes: 0 done; 1 refused or failed; 2 the command line is wrong (an unknown command or
    option, a missing or invalid value). send, resume and send-again also exit with 3 when they
    finished but did not reach everybody, and with 4 when there was nothing to send; leave exits
    with 4 when there was nothing to decide. With --json, errors are JSON on standard error, and
    times are RFC 3339 in UTC.
cli-serve = Run the pages, the sending and the schedule
cli-help = Show help for a command
cli-help-about = Name of the command
cli-demo = Show everything by example: data and a mail server of its own; nothing leaves this machine
cli-send = Send a mailing and show its progress
cli-pause = Pause a mailing's run
cli-resume = Resume a mailing's run
cli-cancel = Cancel a mailing's run
cli-create-user = Create a user
cli-create-manager = Create a manager
cli-mailbox = Show captured mail
cli-arg-config = Settings file (default: mailapp.toml)
cli-arg-data = Data folder (default: data)
cli-arg-set = Any setting, for example --set relay.host=smtp.example.com
cli-arg-lang = Language: ru or en
cli-arg-count = Rows to show (default: 50; files and JSON have all)
cli-arg-csv = Write a CSV file
cli-recipients-outcome = With --mailing, only those whom it did (not) reach: accepted, failed, waiting, in_doubt, skipped or not_sent
cli-arg-excel = Write CSV for Excel: with a byte order mark and semicolons
cli-stats-csv = One table as a CSV file: time, mailings, runs, domains, replies or durations
cli-arg-help = Show this help
cli-arg-version = Show the version
cli-arg-mailing = Number of the mailing
cli-arg-json = Write JSON, one object a line
cli-serve-address = IP address to listen on (default: 127.0.0.1)
cli-serve-port = Port (default: 8000)
cli-serve-base-url = Where the pages are reachable from outside, for example https://mail.example.com
cli-demo-data = Folder of the demo's data, to keep it (otherwise a temporary one)
cli-demo-has-no-settings = The demo brings its own settings: --config and --set mean nothing to it. mailapp demo --help lists what it takes.
cli-demo-port = Port of the page
cli-demo-recipients = How many recipients to add, to see a large database
cli-demo-attempts = How many attempts to add to the journal
cli-send-failed = Only to those that the last run did not reach
cli-send-last-run = Send only if this is still the mailing's last run (0: it has never been sent), so that a script that is started twice sends once
cli-sent-before = The mailing was sent before: run #{ $run }, { $when }.
cli-sent-meanwhile = Mailing #{ $id } was sent or changed while this command was starting. Nothing was sent. Look at it with: mailapp status { $id }
cli-other-last-run = The last run of mailing #{ $id } is #{ $run }. Nothing was sent.
cli-arg-email = The user's email
cli-create-user-email = Email address; asked for if omitted
cli-create-manager-email = Email address; asked for if omitted
cli-arg-name = Name
cli-arg-language = The user's language: ru or en
cli-arg-time-zone = Time zone, for example Europe/London
cli-mailbox-mail = Number of the mail
cli-mailbox-source = The mail as it is

cli-error-command = There is no command “{ $name }”.
cli-error-no-command = No command was given.
cli-error-argument = There is no option “{ $name }” here.
cli-error-missing = Missing: { $name }.
cli-error-nothing-to-change = Nothing to change is given: { $names }.
cli-error-no-value = { $name } has no value.
cli-error-value = { $name }: “{ $value }” is not a valid value.
cli-error-choice = { $name }: “{ $value }” is not one of { $known }.
cli-error-twice = { $name }: given twice, or not together with another option.
cli-error-usage = The command was not understood.
cli-error-suggest = Did you mean { $name }?
cli-error-usage-line = Usage: { $usage }
cli-error-help-with = Run mailapp { $name } --help for details.
cli-error-help = Run mailapp --help for a list of commands.

cli-secret-in-argument = A secret among the arguments is seen by everybody on this machine. Put it into mailapp.toml or a variable; MAILAPP_RELAY_PASSWORD_FILE names a file with the password.
cli-no-database = There is no database in { $path }. Run mailapp serve, or name the folder: --data.
cli-database-gone = There is no database in { $path }, although these files of one are still there: { $files }. If it was deleted or moved, put it back from a backup (see docs/restoring.md); do not start mailapp serve before. If you meant another folder, name it: --data.
cli-database-made-anew = { $path } had a secret.key but no database, so a new, empty one was made. If there was a database before, stop mailapp and put it back from a backup (see docs/restoring.md).
cli-database-is-copy = This database was copied or restored from a backup, so nothing is sent from it. To send from here: mailapp adopt
cli-no-mailing = There is no mailing { $id }.
cli-no-mail = There is no mail { $id }.
cli-serving = mailapp is running: { $url }
cli-capture = No mail server is configured: emails are kept here and not sent (mailapp mailbox).
cli-stands-by = Another mailapp process already sends mail from this database. This one serves the same pages and starts sending when the other one ends.
cli-no-users = There are no users yet. Create a manager: mailapp create-manager
cli-user-created = User created: { $email }
cli-manager-created = Manager created: { $email }
cli-ask-email = Email:
cli-ask-password = Password:
cli-ask-password-again = Password again:
cli-no-password = No password was given.
cli-passwords-differ = The passwords differ.
cli-started = Run { $run }: { $count ->
    [one] { $count } recipient
   *[other] { $count } recipients
}.
cli-progress = { $accepted } accepted, { $failed } failed, { $deferred } waiting to retry, { $queued } queued
cli-skipped = , { $skipped } skipped
cli-bar = { $accepted } accepted, { $failed } failed, { $left } left
cli-bar-rate = ≈ { $rate }/min, { $left }
cli-because = { $why }
cli-left-hint = The run was left unfinished. To go on: mailapp resume { $id }
cli-finished = Finished:
cli-paused = Paused:
cli-cancelled = Cancelled:
cli-active = Sending:
cli-pausing = Pausing: waiting for the emails in flight. Press Ctrl-C again to stop waiting; their outcome will be unknown.
cli-paused-hint = The run is paused. To go on: mailapp resume { $id }
cli-all-unsubscribed = All recipients have unsubscribed: there is nobody to send to.
cli-not-a-demo = { $path } is not the demo's data. Name an empty folder, or run it without --data.

## Recipients, messages, mailings

cli-create-recipient = Add a recipient
cli-update-recipient = Change a recipient; omitted options keep their value
cli-delete-recipient = Delete a recipient; the log is kept
cli-create-message = Add a message
cli-update-message = Change a message; omitted options keep their value
cli-delete-message = Delete a message that no mailing uses
cli-create-mailing = Create a mailing
cli-update-mailing = Change a mailing; omitted options keep their value
cli-delete-mailing = Delete a mailing; the log is kept
cli-arg-owner = Owner: the user's email address
cli-arg-recipient = Number of the recipient
cli-arg-message = Number of the message
cli-arg-comment = Comment
cli-arg-subject = Subject
cli-arg-body = Text; without it and without a file standard input is read
cli-arg-body-file = A file with the text, in UTF-8; - is standard input
cli-arg-starts = First send, for example "2026-12-01 10:00" (in the configured time zone) or 2026-12-01T10:00+05:00
cli-arg-ends = End: nothing is sent after it. A date alone means the end of that day
cli-arg-title = Title; if empty, the message's subject is used
cli-arg-automatic = Start by itself at the planned time
cli-arg-by-hand = Do not start by itself; wait for the command or the button
cli-arg-all = Add all recipients
cli-arg-matching = Add all in whom these words are found; may be given several times
cli-arg-without = But not this one, by address or number; may be given several times
cli-arg-none = Remove the previous recipients first
cli-create-recipient-email = The recipient's address
cli-create-recipient-name = Full name
cli-update-recipient-email = New address
cli-update-recipient-name = Full name
cli-create-mailing-recipient = Add this one, by address or number; may be given several times
cli-update-mailing-recipient = Add this one, by address or number; may be given several times
cli-update-message-body = New text
cli-recipients-mailing = Recipients of this mailing
cli-import-recipients = Add recipients from a CSV table or a list of addresses; with a mistake in it nobody is added
cli-import-recipients-file = A file of up to 256 MB: a table with columns, or addresses as copied from the To line of a mail, for example "Lee, Anna" <anna@example.com>, boris@example.com; without it, or with -, standard input is read
cli-import-recipients-update = Update names and comments of those who are there already, and unsubscribe those unsubscribed in the table
cli-import-recipients-column = What a column is, by number or heading: email=3, name=Customer; one of email, name, name-part, comment, state; may be given several times
cli-import-recipients-encoding = The file's encoding, for example windows-1251; usually detected
cli-import-recipients-headings = The first line has column headings
cli-import-recipients-no-headings = There are no column headings
cli-import-recipients-skip-wrong = Skip the lines of a table, or the addresses of a list, that have mistakes and add the others
cli-import-recipients-dry-run = Only say what would be added
cli-ask-table = The table, ended by Ctrl-D:
cli-import-choose = Say which column has the addresses, by number or heading: --column email=3
cli-import-skip = To add all others, run it again with --skip-wrong.
cli-import-column = Column { $number } “{ $heading }”: { $role }
cli-import-column-unnamed = Column { $number }: { $role }
cli-import-dry = New recipients: { $new }. Already there: { $known }. This was a dry run: nothing has been changed.
cli-import-line = Line { $line }: { $text } — { $why }
cli-recipient-added = Recipient added: #{ $id }
cli-recipient-changed = Recipient changed: #{ $id }
cli-recipient-deleted = Recipient deleted: #{ $id }
cli-message-added = Message added: #{ $id }
cli-message-changed = Message changed: #{ $id }
cli-message-deleted = Message deleted: #{ $id }
cli-mailing-without-recipients = It has no recipients, so it will not start. Choose some: mailapp update-mailing { $id } --all, --matching or --recipient.
cli-mailing-added = Mailing created: #{ $id }, { $count ->
    [one] { $count } recipient
   *[other] { $count } recipients
}, { $from } – { $until }, { $zone }
cli-mailing-changed = Mailing changed: #{ $id }, { $count ->
    [one] { $count } recipient
   *[other] { $count } recipients
}, { $from } – { $until }, { $zone }
cli-mailing-deleted = Mailing deleted: #{ $id }
cli-no-recipient = There is no recipient { $id }.
cli-no-message = There is no message { $id }.
cli-no-message-of = This user has no message { $id }.
cli-recipient-exists = This user already has a recipient with the address { $email }.
cli-no-such-recipients = { $count ->
    [1] There is no such recipient: { $who }.
   *[other] There are no such recipients: { $who }.
}
cli-recipient-sent-more = There was more before. All of it: mailapp recipients { $id } --csv
cli-ask-body = The message's text, ended by Ctrl-D:
cli-file-large =
    { $file } is too large: up to { $size } { $unit ->
        [mb] MB
       *[kb] KB
    } are accepted.
cli-not-written = The output could not be written to its end: { $error }
cli-matching-nobody = --matching: it takes words, up to 200 characters. For everybody there is --all.
cli-stats-runs = Runs are those of a mailing: add --mailing.
cli-file-missing = There is no file { $file }.
cli-file-unreadable = { $file } cannot be read: { $error }
cli-file-not-utf8 = { $file } is not in UTF-8.

## The demo

demo-ready = The demo is ready: { $url }
    Email, password and role:
demo-user = user
demo-manager = manager
demo-folder = The demo's data: { $path }. To stop: Ctrl-C
demo-sender = Example Company
demo-mailing-news = October news
demo-mailing-sale = Autumn sale
demo-mailing-invitation = Invitation to a meeting
demo-mailing-holidays = Holiday offers
demo-mailing-try = Try sending this one
demo-mailing-crowd = Daily news for everybody
demo-filled-recipients = Recipients: { $count } in { $span } ({ $rate } a second)
demo-filled-members = Recipients of a mailing: { $count } in { $span } ({ $rate } a second)
demo-filled-attempts = Attempts: { $count } in { $span } ({ $rate } a second)
demo-sale-subject = { "{{" } name { "}}" }, up to 30% off
demo-sale-body =
    Hello { "{{" } name | dear customer { "}}" },

    until the end of the month there is up to 30% off the whole catalogue.

    Unsubscribe: { "{{" } unsubscribe_url { "}}" }
demo-news-subject = October news
demo-news-body =
    Hello { "{{" } name { "}}" },

    we have moved to a new warehouse and now ship on the day of payment.

    This mail went to { "{{" } email { "}}" }. Unsubscribe: { "{{" } unsubscribe_url { "}}" }
demo-holidays-subject = Holiday offers for { "{{" } name | you { "}}" }
demo-holidays-body =
    Season's greetings!

    From 25 December to 8 January there are offers on gift sets.

    Unsubscribe: { "{{" } unsubscribe_url { "}}" }
demo-invitation-subject = You are invited
demo-invitation-body =
    { "{{" } name { "}}" }, come to our customers' meeting on Thursday at 18:00.

    Unsubscribe: { "{{" } unsubscribe_url { "}}" }
