# Time
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec
numbered = #{ $id }
number-column = #
span-milliseconds = { $number } ms
span-seconds = { $number } s
span-minutes = { $number } min
span-hours = { $number } h
span-days = { $number } d

# What is wrong in a form
error-control-characters = Remove invisible control characters and line breaks.
error-too-long = Too long: { $length } characters where { $max } are allowed.
error-email-missing = Enter an email address.
error-email-malformed = This does not look like an email address. Example: anna@example.com
error-email-lookalike = The address contains the special character “{ $character }” ({ $code }), which looks like an ordinary one. Type the address again on the keyboard.
error-email-mixed-scripts = The part “{ $part }” of the address mixes letters of different alphabets, for example a Cyrillic “а” and a Latin “a”. Type all of it in one alphabet.
error-email-domain = The domain “{ $domain }” is not written correctly.
error-email-too-long = The address is longer than { $max } bytes; mail servers do not take it.
error-email-local-too-long = The part before the @ is longer than { $max } bytes; mail servers do not take it.
error-email-invisible = The address has an invisible character in it. Type it again.
import-not-a-table = { $kind ->
    [xlsx] This is an Excel workbook. Open it and save the sheet as CSV: File → Save As → CSV UTF-8.
    [xls] This is an old Excel workbook or another Office file. Open it and save the sheet as CSV: File → Save As → CSV.
    [ods] This is an OpenDocument spreadsheet. Open it in LibreOffice and save the sheet as Text CSV.
    [pdf] This is a PDF document, and tables can't be read from it. Save the original table as CSV.
    [zip] This is an archive. Unpack it and upload the table as CSV.
    [html] This is a web page or XML (some programs save these as .xls). Open the file in Excel and save it as CSV.
    [vcard] These are contact cards (vCard). Export the contacts again and choose CSV.
    [json] This is a JSON file. Save the table as CSV.
    [rtf] This is an RTF document. Save the table as CSV or plain text.
    [image] This is an image. Upload a table as CSV.
   *[other] This isn't a text table. Save it as CSV.
}
import-too-many-columns = There are more than { $most } columns, which is the limit. Keep those with the address, name and comment.
import-no-such-column = There is no column “{ $column }”. Columns in all: { $count }.
import-no-address-column = It isn't clear which column has the email addresses. Choose it yourself.
import-line-too-long = The line is longer than { $most } KB.
import-too-many-cells = There are more than { $most } cells.
import-unreadable = Some characters can't be read in this encoding.
import-extra-cells = There are { $cells } cells but { $columns } columns: the rest belong to none. If a text contains the separator, put the text in quotation marks.
import-second-address = There is a second address in the line: { $address }. Keep one, or put each on its own line.{ $headings ->
    [none] { " " }If it belongs to a comment, add a first line with column headings.
   *[other] { "" }
}
import-several-addresses = There are several addresses here, with nothing to separate them. Keep one, or put each on its own line.
import-angle-brackets = One of the angle brackets around the address is missing. Example: Anna <anna@example.com>
import-name-quotes = One of the quotation marks around the name is missing. Example: "Lee, Anna" <anna@example.com>
import-name-parentheses = One of the parentheses around part of the name is missing. Example: Anna (sales) <anna@example.com>
import-name-unclear = There is text on both sides of the address, so it isn't clear which part is the name. Example: Anna <anna@example.com>
import-states-differ = This line says that the address has unsubscribed, an earlier one that it has not. Keep one of them.
import-state-unclear = { $empty ->
    [yes] The column { $named ->
        [yes] “{ $column }”
       *[no] { $number }
    } is empty here
   *[no] The column { $named ->
        [yes] “{ $column }”
       *[no] { $number }
    } says “{ $value }”
}, so it isn't clear whether this recipient has unsubscribed. Write “subscribed” or “unsubscribed”.
import-heading-address = This line was taken as column headings, but it has an address in it: { $address }. If it is a recipient, turn column headings off.
import-quotes = The quotation marks are wrong: a cell in quotation marks begins and ends with one.
import-empty = There are no recipients in it.
import-wrong-lines = { $count ->
    [one] { $count } line is wrong, nobody was added. Fix or skip it.
   *[other] { $count } lines are wrong, nobody was added. Fix or skip them.
}
import-wrong-addresses = { $count ->
    [one] There is a mistake in { $count } address, nobody was added. Fix or skip it.
   *[other] There are mistakes in { $count } addresses, nobody was added. Fix or skip them.
}
import-plan = Encoding: { $encoding }. Separator: { $separator ->
    [comma] comma
    [semicolon] semicolon
    [tab] tab
   *[other] “{ $sign }”
}.
import-plan-list = Encoding: { $encoding }. Read as a list of addresses.
import-plan-headings = Column headings: line { $line }.
import-plan-no-headings = There are no column headings.
import-plan-above = { $count ->
    [one] { $count } line above the headings was skipped.
   *[other] { $count } lines above the headings were skipped.
}
import-cleaned = { $count ->
    [one] Invisible characters were removed around { $count } address.
   *[other] Invisible characters were removed around { $count } addresses.
}
import-unsubscribed = { $count ->
    [one] According to the table, { $count } recipient has unsubscribed: they will be added as unsubscribed and won't get mailings.
   *[other] According to the table, { $count } recipients have unsubscribed: they will be added as unsubscribed and won't get mailings.
}
import-known = { $known ->
    [0] New recipients: { $new }.
   *[other] New recipients: { $new }. Already there: { $known }.
}
import-repeated = Repeated in the table: { $count }.
import-role-email = email address
import-role-name = full name
import-role-name-part = part of the name
import-role-comment = comment
import-role-state = subscription status
import-role-none = not imported
import-changed = The table or your choices have changed since the check. See what will be added.
import-file-gone = The file is no longer kept: an hour has passed or other files were uploaded. Choose it again.
import-file-not-kept = The file couldn't be stored on the server. Nothing was added. Try again later.
import-file-too-large = The file is larger than { $most } MB. Split the table, or use the command mailapp import-recipients.
import-text-too-large = More than { $most } MB of text was pasted. Choose the table as a file.
import-several-files = Several files were chosen: { $names }. Choose one; import the others after it.
import-repeated-field = The form has the field “{ $name }” more than once. Nothing was added. Send it once.
import-unknown-file = A file came in the field “{ $name }”. Nothing was added. Send it in the field “file”.
import-both = A file was chosen and text was pasted. Keep one of them.
import-too-many = There are more than { $most } recipients, which is the most at a time. Split the table, or use the command mailapp import-recipients.
import-too-many-lines = There are more than { $most } lines, which is the most at a time. Split the table, or use the command mailapp import-recipients.
import-done = Added: { $added }.{ $unsubscribed ->
    [0] { "" }
   *[other] { " " }Of these unsubscribed: { $unsubscribed }.
}{ $changed ->
    [0] { "" }
   *[other] { " " }Updated: { $changed }.
}{ $known ->
    [0] { "" }
   *[other] { " " }There already: { $known }.
}{ $active ->
    [0] { "" }
   *[other] { " " }Of these unsubscribed in the table but active here: { $active }. To unsubscribe them too, import again with updating turned on.
}{ $repeated ->
    [0] { "" }
   *[other] { " " }Repeated in the table: { $repeated }.
}{ $skipped ->
    [0] { "" }
   *[other] { " " }{ $shape ->
        [list] Skipped addresses with mistakes: { $skipped }.
       *[table] Skipped lines with mistakes: { $skipped }.
    }
}{ $columns ->
    [0] { "" }
   *[other] { " " }Columns that were not taken: { $ignored }.
}
import-broken-off = The import stopped half-way: { $trouble ->
    [full] the disk is full
    [busy] the database was busy for too long
   *[other] the database failed
}. Added before that: { $added }, updated: { $changed }. They stay, the others were not added. Run the same import again later: nobody is added twice.
error-recipient-exists = You already have a recipient with this address.
error-user-exists = A user with this address already exists.
error-subject-missing = Write a subject.
error-body-missing = Write the message's text.
error-mark-unknown = Line { $line }, column { $column }: there is no placeholder “{ $name }” (here: { $excerpt }). There are name, email and unsubscribe_url.
error-mark-not-closed = Line { $line }, column { $column }: the placeholder is not closed with braces (here: { $excerpt }).
error-subject-may-be-blank = Recipients without a name would get an empty subject. Add other words or a substitute: {"{{"} name | Hello {"}}"}
error-subject-too-large = The subject is too long: with the longest name and address it has { $size } KB; up to { $max } KB are allowed. Remove some placeholders from the subject.
error-body-may-be-blank = Recipients without a name would get an empty email. Add text or a substitute: {"{{"} name | friend {"}}"}
error-message-too-large = The email is too large: with the longest name and address it has { $size } KB of text; up to { $max } KB are allowed. Shorten the text or remove some placeholders.
error-message-missing = Choose a message.
error-start-missing = Say when sending starts.
error-end-missing = Say when sending ends.
mailing-start-passed = The start, { $starts }, is in the past: the mailing starts at once.
mailing-start-passed-ask = The start, { $starts }, is in the past: the mailing will start as soon as you save it. If that’s what you want, press “Save and start now”. If not, choose a later start or turn off “Send automatically”.
error-end-before-start = The end must be later than the start.
error-end-in-past = The end has already passed. Choose a time in the future.
error-time-malformed = This isn’t a valid date and time. Example: 2026-11-23 12:30, or 2026-11-23T12:30+03:00
error-time-skipped = There is no such time: the clocks go forward that night.
error-nobody-chosen = Nobody is chosen: all whom the search finds were left out. Nothing was saved. Choose somebody, or clear the choice.
error-search-finds-nobody = No recipient has “{ $words }” in the address, name or comment. Nothing was saved; check the words.
error-selection-too-large = This is more than one choice can carry: 50 searches and 20,000 single ticks. The last step was left undone. Choose more with fewer searches, or everybody, and untick some.
error-password-short = The password is shorter than { $min } characters.
error-password-long = The password is longer than { $max } characters.
error-password-weak = This password is too easy to guess. Take several words that have nothing to do with each other or with you.
error-sign-in = Could not sign in: check the email address and the password.

# Why not
refused-ended = The mailing is finished: its end was { $ended }. Extend it to send it.
refused-switched-off = A manager has switched the mailing off. Reason: { $reason }
refused-owner-blocked = The mailing's owner is blocked, so it is not sent.
refused-already-started = The mailing has been started already.
refused-run-filling = A run of this mailing is still being put together. It can be changed in a few seconds.
refused-run-active = The mailing is already being sent (run { $run }).
refused-run-paused = Run { $run } is paused. Resume it or cancel it.
refused-no-message = The mailing has no message.
refused-no-base-url = The message has an unsubscribe link, { "{{" } unsubscribe_url { "}}" }, but the service's public address isn't set, so the link would lead nowhere. Ask your administrator to set base_url, or remove the placeholder from the message.
refused-no-recipients = The mailing has no recipients.
refused-never-sent = The mailing has never been sent.
refused-nobody-failed = There are none: the last run reached everybody it could.
refused-run-not-active = This run is not being sent now.
refused-run-not-paused = This run is not paused.
refused-run-over = This run is over already.
refused-delete-unfinished = A run of this mailing is not over. Cancel it first.
refused-filling = The recipients of this mailing are still being put together. Wait until that is done, or stop it.
refused-message-in-use = { $count ->
    [one] The message is used by the mailing { $mailings }. Choose another one there or delete it first.
   *[other] The message is used by the mailings { $mailings }. Choose another one there or delete them first.
}
refused-not-found = There is no such thing, or it is not yours.
refused-forbidden = This is somebody else's: you may look, but not change it. Nor can you stop yourself or another manager.

# Changed since the page was opened
changed-title = Changed since you opened this page
changed-last = { $what }: { $who }, { $when }.
changed-by-you = you
changed-by-manager = a manager
changed-look = See how it is now
changed-send = Nothing was sent just now. If you send the mailing now, { $count ->
    [one] { $count } recipient gets the email, even if they already have it.
   *[other] all { $count } recipients get the email, including those who already have it.
}
changed-send-button = Send anyway
changed-send-failed = Nothing was sent just now. If you go on, the email goes to everybody whom the last run did not reach.
changed-send-failed-button = Send to them anyway
changed-pause = The run has been paused, resumed or decided about since. Nothing was done just now.
changed-pause-button = Pause anyway
changed-resume = The run has been resumed and paused again since, perhaps for another reason. Nothing was done just now.
changed-resume-button = Resume anyway
changed-cancel = The run has been paused, resumed or decided about since. Nothing was cancelled just now.
changed-cancel-button = Cancel the run anyway
changed-doubt-again = Other emails are in doubt now than the page showed. Nothing was sent just now: whoever is sent it again may get it twice.
changed-doubt-again-button = Send again anyway
changed-doubt-leave = Other emails are in doubt now than the page showed. Nothing was decided just now.
changed-doubt-leave-button = Leave them anyway
changed-disable = The mailing has been switched off and on again since. Nothing was done just now.
changed-disable-button = Switch off anyway
changed-enable = The mailing has been switched on and off again since, perhaps for another reason. It stays switched off.
changed-enable-button = Switch on anyway
changed-block = The user has been blocked and unblocked since. Nothing was done just now.
changed-block-button = Block anyway
changed-unblock = The user has been unblocked and blocked again since, perhaps for another reason. They stay blocked.
changed-unblock-button = Unblock anyway
changed-remove-two-factor = The user has set up two-step sign-in anew since. It stays on.
changed-remove-two-factor-button = Remove it anyway
changed-delete-recipient = The recipient has been changed. Nothing was deleted.
changed-delete-message = The message has been changed. Nothing was deleted.
changed-delete-mailing = The mailing has been sent or changed. Nothing was deleted.
changed-delete = Delete anyway
changed-call-off = Another recipient list is being built for this mailing now. Nothing was stopped.
changed-call-off-button = Stop it anyway
changed-save = Nothing was saved. Your version is below: change it, or save it anyway in place of what is saved now.
changed-save-same = What is saved now is the same as yours.
changed-field = Field
changed-saved = Saved now
changed-typed = Yours
save-and-start = Save and start now
save-anyway = Save anyway

# Database and start
error-database = The database does not answer. Nothing has changed; try again.
error-database-busy = The database is busy with another process. Nothing has changed; try again.
error-overloaded = The service has too much to do right now. Nothing has changed; try again in a few seconds.
error-too-slow = This took longer than 2 seconds and was stopped. Nothing has changed; narrow the search or choose fewer searches.
error-search-too-long = The search is too long: { $length } characters where { $max } are allowed. Shorten it.
error-database-full = The disk is full. Nothing has changed; make room.
error-database-read-only = The database { $path } cannot be changed: it is read-only.
error-database-corrupt = { $path } is damaged or no database. Restore it from a backup.
error-database-cannot-open = The database { $path } cannot be opened.
error-database-missing = There is no database { $path }, although there was one: { $marker } says so. Put the database back from a backup. To begin with an empty one, first move { $marker } and secret.key away.
error-database-newer = The database was made by a newer mailapp (schema { $found }; this one knows { $known }). Run the newer version.
trouble-read-only = The database cannot be changed: it is read-only. Nothing has changed. Let the service write to it.
trouble-damaged = The database is damaged. So as not to make it worse, the service neither reads nor writes any more. Stop the service, restore the database from a backup and start again.
trouble-gone = The database file was deleted, moved or replaced. Nothing is written, so that nothing is lost. Put the same file back, or, if it was replaced on purpose, restart the service.
trouble-disk = The disk does not let the database be read or written. Nothing has changed. Check the disk and the room left on it.
trouble-standing-busy = The database is busy with another process.
trouble-standing-full = The disk is full. Free up some space.
trouble-standing-read-only = The database is read-only. Give the service permission to write to it.
trouble-standing-disk = The database can't be read or written because of a disk error. Check the disk and the space left on it.
trouble-banner = Nothing is sent for now. { $why }

# The database was copied or restored
foreign-banner = Nothing is sent: the database was copied or restored from a backup. A manager has to confirm that this is where to send from.
foreign-look = What to do
foreign-title = Where to send from
foreign-text = The database was copied or restored from a backup, so neither mailings nor letters of the service leave here. Do not confirm while the earlier installation is still at work: recipients would get everything twice.
foreign-alone = there is no file mailapp.installation beside the database: it belongs to another installation
foreign-unreadable = the file mailapp.installation beside the database is damaged
foreign-other-state = the file mailapp.installation beside the database is about another state of it: it seems to have been restored from a backup
foreign-restored = the file mailapp.installation beside the database was put there by another program: the folder seems to have been restored from a backup
foreign-older = there are fewer attempts in the database than have been made: it was restored from a backup
foreign-copy = the database file is a copy and not the file that it was
foreign-other-machine = the database was made on another machine
foreign-why = How that is known: { $why }.
foreign-runs = Unfinished runs will be paused. Who has been mailed since the copy was made is not known: if a run is resumed, some recipients may get the mail twice.
foreign-starts = Mailings whose start has come already will not start by themselves: start them by hand.
foreign-letters = Letters of the service that are older than a day will not be sent: whoever needs one asks again.
foreign-button = Send from here
foreign-own = The database belongs to this installation: there is nothing to confirm.
refused-foreign = The database was copied or restored from a backup, so nothing is sent. If this is where to send from, let a manager confirm it on the page “Where to send from”, or run mailapp adopt.
adopted = Mail is sent from here. Runs paused: { $runs }; starts that are now up to you: { $starts }; letters of the service that were too old: { $letters }.
error-secret-missing = There is no { $path } beside the database. Put it back from the backup: without it links in sent mails and two-step sign-in do not work. If it is lost, make a new one: head -c 32 /dev/urandom > { $path }
error-secret-unreadable = { $path } cannot be read: { $error }. Let the user that mailapp runs as read it: chown and chmod 600.
error-secret-damaged = { $path } is damaged: it must hold at least 32 bytes. Put it back from the backup.
error-folder = The folder { $path } cannot be made or opened: { $error }
error-unexpected = Something went wrong. Nothing is lost; try again.
config-foreign-file = { $path } belongs to another user, so its settings are not used. If you trust it, pass it explicitly: --config { $path }
config-writable-file = Anybody can change { $path }, so its settings are not used. Make it writable by its owner only (chmod go-w { $path }), or pass it explicitly: --config { $path }
config-foreign-folder = { $path } is in { $folder }, which belongs to another user, so its settings are not used. If you trust it, pass it explicitly: --config { $path }
config-writable-folder = Anybody can change the folder { $folder }, so the settings in { $path } are not used. Make the folder writable by its owner only (chmod go-w { $folder }), or pass the file explicitly: --config { $path }
config-no-file = There is no settings file { $path }.
config-syntax = The settings file { $path } cannot be read: { $error }
config-unknown-variable = The variable { $name } is unknown. Check its name.
config-unknown-key = There is no setting “{ $key }”. Check its name.
config-bad-value = Setting { $key }: “{ $value }” is not a valid value.
config-unusable-value = Setting { $key } cannot be used: { $error }
config-base-url = base_url must look like https://mail.example.com or https://mail.example.com:8443, without a user name, password, path, “?” or “#”.
config-bad-choice = Setting { $key }: “{ $value }” cannot be chosen. There is: { $choices }.
config-bad-span = Setting { $key }: “{ $value }” is no span of time. Examples: 30s, 5m, 2h, 7d.
config-time-zone = There is no time zone “{ $name }”. Example: Europe/London.
config-metrics-token = metrics_token must be { $least } visible characters at least, without spaces. Example: the output of “openssl rand -hex 16”.
config-unreadable-file = { $name }: the file { $path } cannot be read: { $error }
config-sender-missing = A mail server is set but no sender address. Set sender.address.
config-no-relay-for-sender = None of the relays is for mail from { $domain } (sender_domains).
config-password-in-clear = relay.security = "plain" would send the password in clear. Choose tls or starttls.
error-port = { $address } is in use or not available: { $error }. Choose another port: --port.

# Mail servers' replies
meaning-no-mailbox = no such mailbox
meaning-no-domain = no such domain
meaning-bad-address = the address is not valid
meaning-address-refused = the server does not accept mail for this address
meaning-restricted = the mailbox accepts mail only from certain senders
meaning-sender-refused = the server does not allow this sender address or account to send
meaning-mailbox-disabled = the mailbox is disabled
meaning-mailbox-full = the mailbox is full
meaning-recipient-busy = this mailbox is getting too much mail right now; other mailboxes are not affected
meaning-too-large = the mail is too large
meaning-content = the server did not accept the content: it looks like spam, contains a virus, or has a format it does not take
meaning-unreachable = the recipient's server cannot be reached
meaning-loop = the email is caught in a forwarding loop between servers
meaning-busy = a temporary problem on the mail server
meaning-try-later = the server asks us to come back later
meaning-greylisted = greylisting: the server accepts unknown senders only at the second try
meaning-too-fast = we send faster than the server allows; we slow down and try again
meaning-connections = we have too many connections open to the server
meaning-connection-cap = the server takes only so many emails over one connection; we go on over a new one
meaning-quota = our account has reached its sending limit for the day or the plan
meaning-blocklisted = our server's IP address or domain is on a block list
meaning-reverse-dns = our server's IP address has no valid reverse DNS (PTR) record
meaning-relaying = the mail server does not relay mail for us
meaning-helo = the mail server does not accept the name we greet it with (relay.helo)
meaning-tls = the mail server requires an encrypted connection
meaning-protocol = the mail server did not accept our command
meaning-no-service = the server does not accept mail at all
meaning-policy-later = the server does not take our mail for now
meaning-policy = refused by the server's rules (taken for spam, or forbidden)
meaning-bad-credentials = the mail server wants us to sign in, or does not accept our user name and password
meaning-not-authenticated = the sender's domain is not authenticated (SPF, DKIM, DMARC)
meaning-refused = the server refused the mail
local-lost = the connection broke
local-timeout = the server did not answer in time
local-malformed = the server's answer made no sense
local-out-of-step = the server sent a reply that belongs to another command
local-no-smtputf8 = the mail server takes no addresses with non-Latin letters before the @ (no SMTPUTF8)
local-bad-address = this address cannot be mailed
local-empty-subject = the subject would be empty for this recipient: give them a name, or add words to the message's subject
local-too-large = with this recipient's name and address the email is too large: shorten the text or remove some placeholders
local-not-listening = nobody answers there: check address and port (relay.host, relay.port), and whether the server runs
local-unknown-host = there is no host of this name
local-no-connection = no connection could be made
local-no-starttls = the server does not offer STARTTLS, and nothing is sent unencrypted (relay.security)
local-injected = unencrypted data came after STARTTLS: somebody meddles with the connection
local-no-auth = the server offers no way to sign in that is allowed (relay.mechanism, relay.security)
local-auth = signing in at the mail server failed; check user name and password (relay.username, relay.password). The server said
local-certificate = the server's certificate cannot be trusted
local-certificate-expired = the server's certificate is past its date
local-certificate-name = the certificate is for another host (relay.host)
local-certificate-issuer = the server's certificate was issued by an authority that is not trusted here; put that authority's certificate (PEM) into relay.ca_file
local-certificate-not-yet = the server's certificate is not valid yet; check this machine's clock
local-certificate-authority = the server shows a certificate authority's own certificate (CA:TRUE) instead of a server certificate; have one issued by it for this host, or make a self-signed one with CA:FALSE, and put the issuer's certificate into relay.ca_file
local-certificate-purpose = the server's certificate was not issued for servers (no "serverAuth" in Extended Key Usage); have it issued anew
local-certificate-revoked = the server's certificate has been revoked by its issuer; have it issued anew
local-certificate-unusable = the server's certificate is damaged or of a kind that is not supported; have it issued anew (X.509 version 3, RSA of 2048 bits or more, or ECDSA)
local-tls = no encryption could be agreed on; check the port and relay.security
local-tls-none = the server does not speak TLS on this port; check relay.port and relay.security (usually 465 with tls, 587 with starttls)
local-other-transport = the way of sending has changed
local-interrupted = the program ended during the attempt; the server may have taken the mail

# Pages: what the program decides
relay-down = The mail server cannot be used: { $text }. Next try: { $next }.
run-state-active = Sending
run-state-paused = Paused
run-state-cancelled = Cancelled
run-state-finished = Finished
run-by-person = { $who }
run-by-web = from the page
run-by-cli = from the command line
run-by-schedule = on schedule
pause-asked = Paused as its owner asked.
pause-switched-off = Paused: a manager has switched the mailing off.
pause-owner-blocked = Paused: the mailing's owner is blocked.
pause-relay = Paused: the mail server does not work. It said: { $detail }
pause-relay-ours = Paused: the mail server does not work: { $detail }
pause-other-transport = Paused: the run was begun with a mail server, and now none is set (or the other way round). Check the settings and resume it.
pause-restored = Paused: the database was copied or restored from a backup. Who has been mailed since is not known: if you resume, some recipients may get the mail twice.
run-rate = ≈ { $rate } mails/min · about { $left } left
run-next-try = { $count ->
    [one] { $count } waits; next try in { $span }
   *[other] { $count } wait; next try in { $span }
}
outcome-accepted = Accepted
outcome-deferred = Failed (temporary)
outcome-refused = Failed
outcome-in-doubt = In doubt
attempts-all = All
attempts-accepted = Accepted
attempts-deferred = Failed (temporary)
attempts-refused = Failed
attempts-in-doubt = In doubt
mailings-all = All
mailings-created = Created
mailings-running = Running
mailings-finished = Finished
mark-name = the recipient's full name
mark-email = the recipient's address
mark-unsubscribe_url = the link for unsubscribing
sample-name = Anna Smith
notice-saved = Saved.
notice-shown-twice = The clocks go back that night and show this time twice. The first one was taken: { $times }.
notice-deleted = Deleted.
notice-recipient-added = The recipient was added.
notice-paused = The run is paused.
notice-cancelled = The run is cancelled.
confirm-delete-recipient = Delete { $email }?
confirm-delete-recipient-text = The recipient is removed from all mailings. Emails that have not been sent to them yet will not be sent. What was sent stays in the journal.
confirm-delete-message = Delete the message “{ $subject }”?
confirm-delete-message-text = It cannot be brought back.
confirm-delete-mailing = Delete the mailing “{ $title }”?
confirm-delete-mailing-text = It goes from the list. Its attempts stay in the journal.
confirm-send-again = Send “{ $title }” once more?
confirm-send-again-text = { $count ->
    [one] { $count } recipient will get the mail again, even if they have it already.
   *[other] { $count } recipients will get the mail again, even if they have it already.
}
confirm-cancel = Cancel sending “{ $title }”?
confirm-cancel-text = { $count ->
    [one] { $count } recipient still waits and will not get the mail.
   *[other] { $count } recipients still wait and will not get the mail.
}
failure-400 = Not understood
failure-400-text = Go back to the page and try again.
failure-400-body = The data arrived damaged, so nothing was done. Go back to the page and try again.
failure-400-method = The form asks for an HTTP method other than POST (a _method field). No form here does that, so nothing was done.
failure-401 = You are not signed in any more
failure-401-text = Your session has ended. Sign in in another tab, then come back to this one.
failure-401-sign-in = Sign in (another tab)
failure-403 = Not allowed
failure-403-text = You have no right to do this.
failure-404 = Not found
failure-404-text = There is no such page, or it is not yours.
failure-408 = Too slow
failure-408-text = What you sent did not arrive in time, so nothing was done. Check your connection and try again.
failure-409 = That did not work
failure-409-text = It is not possible now.
failure-413 = Too large
failure-413-text = The request is too large. Nothing was saved. Shorten the text and try again.
failure-413-limit =
    The request is too large: this page accepts up to { $size } { $unit ->
        [mb] MB
       *[kb] KB
    }. Nothing was saved.
failure-413-stranger =
    You’re not signed in, and without signing in you can send up to { $size } { $unit ->
        [mb] MB
       *[kb] KB
    }. Nothing was saved. Sign in in another tab, then come back to the form and send it again.
failure-413-fields = The form has more fields than any page here: at most { $most }. Nothing was done.
failure-500 = Error
failure-500-text = Something went wrong. Nothing is lost; try again.
failure-503 = Not available for the moment
failure-503-text = The database does not answer. Nothing has changed; try again.
failure-busy = Many large forms and files are being received at the moment. Nothing was done; wait a little, go back and send it again.
failure-too-much-to-keep = What you typed is too long to be kept on this page (more than { $size } KB or { $fields } fields). Your browser still has it: go back to the form and send it again.
failure-foreign = The request came from another site, so nothing was done.
failure-token = The page is out of date: you signed in anew, or out, in another window. Open it again.
failure-kept = What you typed is not lost: you can send it from here.
failure-token-kept = Nothing was done, but what you typed is not lost: you can send it from here.
failure-token-who = You are signed in as { $email } now.
failure-token-again = Send it again
