### Accounts, managers, the audit log. The keys are those of ru/accounts.ftl.

## Signing in and registering

recover-link = Forgot your password?
register-link = Create an account
again-link = The confirmation did not arrive?
sign-in-link = Back to sign-in
registration-closed = Registration is closed.
registration-closed-text = Registration is closed. A manager of this service makes accounts.
refused-registration = Registration is closed. A manager of this service makes accounts.
register-title = Create an account
register-text = A letter with a link goes to this address. Open it to confirm the address and to choose a password.
register = Send me the letter
your-name = Name
your-name-hint = Recipients of your mailings see it when they reply.
send-letter = Send the letter
again-title = Send the letter again
again-text = Enter the address that you registered with. If it is not confirmed yet, a new link goes there, and the old one stops working.
recover-title = Recover your password
recover-text = Enter the email that you sign in with. A letter with a link goes there, behind which you choose a new password.
confirm-title = Confirm your address
confirm-text = This link confirms your address. All that is left is to choose a password.
confirm = Finish registering
new-password-title = New password
new-password-text = Afterwards you sign in anew on all your devices.
new-password = New password
new-password-save = Save the new password
password-hint = At least 8 characters, of any kind. Best are several words that have nothing to do with each other or with you.
link-dead = This link has been used, is too old, or was replaced by a newer one.
confirm-dead = If the address is confirmed already, just sign in.
link-dead-next = Get a new link
change-email-title = New address
change-email-text = The account will belong to the address that this letter came to.
change-email = Change the address
change-email-again = Ask for the change again
second-step-title = Second step
second-step-text = The password for { $email } is right. Enter the code from your app.
second-step-hint = Six digits from the app, or one of your recovery codes.
second-step-late = The time for the code is over. Sign in once more.
second-step-lost = Neither your phone nor a recovery code at hand? A manager of the service can remove two-step sign-in.
code = Code
notice-registered = A letter is on its way to { $email }. Open the link in it to finish registering. The link works for three days.
notice-asked-again = If there is an unconfirmed account for { $email }, a new letter goes to that address.
notice-recovery = If there is an account for { $email }, a letter with a link goes to that address. It works for an hour.
notice-confirmed = Your address is confirmed. Welcome!
notice-recovered = The password is changed. Sign in with the new one.
letters-stay = No mail server is configured, so the letter has stayed on this server: the command mailapp mailbox shows it.

## One's own account

account = Account
account-profile = Profile
account-password = Password
account-email = Email
account-sessions = Where you are signed in
account-two-factor = Two-step sign-in
account-delete = Delete
language = Language
language-none = As in the browser
language-hint = Letters of this service are written in it, too.
time-zone = Time zone
time-zone-hint = For example Europe/London. If empty, the time zone of the service is used: { $zone }.
theme = Appearance
theme-none = As in the system
theme-light = Light
theme-dark = Dark
old-password = Current password
password-text = When the password changes, all other devices are signed out.
change-password = Change the password
notice-password = The password is changed. All other devices are signed out.
email-text = The account belongs to { $email }. A letter with a link goes to the new address; until it is opened, nothing changes.
new-email = New address
notice-new-email = A letter is on its way to { $email }. The address changes when you open the link in it. The link works for a day.
notice-email-changed = The address is changed.
sign-out-everywhere = Sign out everywhere
session = Device
session-here = this device
session-address = From
session-since = Signed in
session-seen = Last used
session-end = End
notice-session-ended = The session is ended.
notice-out-everywhere = You are signed out everywhere.
two-factor-text = Signing in then takes a one-time code from an app on your phone as well. A stranger does not get in, not even with your password.
two-factor-start = Set it up
two-factor-start-password-hint = That nobody sets it up for you at a computer that you left.
two-factor-scan = Open your app for one-time codes and point its camera here. It is good for 10 minutes, and in this browser only.
two-factor-qr = Code for the app
two-factor-type = Or type this into the app:
two-factor-code-hint = The six digits that the app shows now.
two-factor-turn-on = Turn it on
two-factor-is-on = two-step sign-in is on
two-factor-is-on-text = Signing in takes a code from your app.
two-factor-on-text = Two-step sign-in is on. Your other sessions have ended.
two-factor-password-hint = Needed for either of the two.
two-factor-off = Turn two-step sign-in off
notice-two-factor-off = Two-step sign-in is off.
recovery-codes = Recovery codes
recovery-codes-text = Each of them lets you in once, should your phone be lost. Write them down: they are not shown again.
recovery-codes-done = I have written them down
recovery-codes-renew = New recovery codes
recovery-codes-left = { $count ->
    [one] { $count } recovery code is left.
   *[other] { $count } recovery codes are left.
}
delete-goes = This goes and cannot be brought back:
delete-account = the account { $email }, its sessions and settings
delete-stays = Runs under way are cancelled. The journal of what was sent (to whom, when, what the server said) stays with the service without your name and address: by it recipients can still unsubscribe. The texts that were sent stay with it, and so do the lines of the audit log that say what was done from this account, with its address of that time.
delete-account-button = Delete the account
notice-account-deleted = The account is deleted.

## Other people's data

whose = Whose data to show
whose-mine = Mine
whose-all = Everybody's
viewing = Viewing.
viewing-text = This belongs to { $owner }: you may look, but not change it.

## Users

nav-users = Users
nav-audit = Audit log
user = User
role = Role
role-user = User
role-manager = Manager
user-active = Active
user-blocked = Blocked
user-unconfirmed = Unconfirmed
users-search = Email or name
users-filter = Which users to show
users-all = All
users-users = Users
users-managers = Managers
users-unconfirmed = Unconfirmed
users-blocked = Blocked
users-none-such = There are no such users.
users-count = { $count ->
    [one] { $shown } user
   *[other] { $shown } users
}
last-seen = Last seen
last-run = Last run
registered = Registered
confirmed = Address confirmed
not-yet = not yet
yes = yes
no = no
user-audit = What the audit log says of them
block = Block
unblock = Unblock
blocked-because = Blocked { $when }. Reason: { $reason }
block-title = Block { $email }?
block-text = The user is signed out everywhere at once and cannot sign in, and their mailings stop. Their data stays; when they are unblocked, their runs can be resumed.
reason = Reason
reason-hint = The owner sees it.
notice-blocked = The user is blocked.
notice-unblocked = The user is unblocked. If their runs were stopped, they resume them themselves.
two-factor-remove = Remove two-step sign-in
two-factor-remove-title = Remove two-step sign-in of { $email }?
two-factor-remove-text = The password alone will do to sign in. Make sure that it is the owner who asks; they get a letter about it.
notice-two-factor-removed = Two-step sign-in is removed. The user gets a letter about it.
disable = Switch off
enable = Switch on again
disable-title = Switch off “{ $title }”?
disable-text = The mailing does not start, and a run under way is paused. The owner sees the reason.
notice-disabled = The mailing is switched off.
notice-enabled = The mailing is on again. If its run was paused, its owner resumes it.
mail-private = for its addressee only

## The audit log

audit-text = Who did what, when, and from where. Nothing here is ever changed or deleted.
audit-who = Who
audit-what = What
audit-subject = To what
audit-detail = Details
audit-from = From
audit-any = Anything
audit-search = Who, what, from where
from-day = From
until-day = Until
audit-none = There are no such entries.
audit-of = What { $who } did, and what was done to them and their mailings.
export-broken-off = The rest could not be read: this file is not whole.
audit-nobody = not signed in
audit-command-line = command line
audit-schedule = the service
export-csv = Export CSV
audit-sign-in = Signed in
audit-sign-in-failed = Failed to sign in
audit-password-failed = Wrong password typed while signed in
audit-code-failed = Wrong code
audit-use-recovery-code = Used a recovery code
audit-sign-out = Signed out
audit-end-session = Ended a session
audit-sign-out-everywhere = Signed out everywhere
audit-register = Asked to register
audit-ask-confirmation = Asked for the confirmation again
audit-ask-recovery = Asked for a new password
audit-confirm = Confirmed the address
audit-recover = Recovered the password
audit-update-profile = Changed the profile
audit-change-password = Changed the password
audit-set-password = Password was set
audit-ask-new-email = Asked for a new address
audit-change-email = Changed the address
audit-delete-account = Deleted the account
audit-two-factor-on = Turned two-step sign-in on
audit-two-factor-off = Turned two-step sign-in off
audit-remove-two-factor = Removed two-step sign-in
audit-renew-recovery-codes = Made new recovery codes
audit-block-user = Blocked
audit-unblock-user = Unblocked
audit-disable-mailing = Switched a mailing off
audit-enable-mailing = Switched a mailing on
audit-create-user = Account was made
audit-send-mailing = Sent a mailing
audit-pause-run = Paused a run
audit-resume-run = Resumed a run
audit-cancel-run = Cancelled a run
audit-import-recipients = Recipients imported
audit-create-recipient = Added a recipient
audit-update-recipient = Changed a recipient
audit-delete-recipient = Deleted a recipient
audit-create-message = Added a message
audit-update-message = Changed a message
audit-delete-message = Deleted a message
audit-create-mailing = Made a mailing
audit-update-mailing = Changed a mailing
audit-delete-mailing = Deleted a mailing
audit-export = Exported a file
audit-export-audit = Exported the log
audit-call-off-filling = Stopped building a recipient list
audit-set-language = Chose a language
audit-subject-id = { $kind ->
    [recipient] Recipient #{ $id }
    [message] Message #{ $id }
    [mailing] Mailing #{ $id }
    [run] Run #{ $id }
   *[other] #{ $id }
}
audit-owner = Owner: { $owner }
audit-detail-run = run #{ $run }
audit-detail-deliveries = { $count ->
    [one] { $count } email
   *[other] { $count } emails
}
audit-detail-rows = { $count ->
    [one] { $count } row
   *[other] { $count } rows
}
audit-detail-import-begun = { $count ->
    [one] started, { $count } row
   *[other] started, { $count } rows
}
audit-detail-imported = added: { $added }, updated: { $changed }, already there: { $known }
audit-detail-role = { $role ->
    [manager] manager
   *[other] user
}
audit-detail-adopt = runs paused: { $runs }, planned starts switched off: { $starts }
audit-adopt = Copied database confirmed
audit-letter-refused = A letter of the service was not taken

## What is wrong, and why not

error-choice = Choose from the list.
error-reason-missing = Say why.
error-email-same = This is the address that the account has.
error-password-same = This is the password that the account has. Choose another one.
error-blocked = This account is blocked. Turn to a manager of the service. Reason: { $reason }
error-password-wrong = The password is wrong.
error-code = The code is wrong or has been used.
error-throttled = Too many attempts. Try again in { $wait }.
error-day-malformed = This isn’t a valid date. Example: 2026-11-24 or 24.11.2026
error-period = The period ends before it begins.
refused-two-factor-on = Two-step sign-in is on already.
refused-changed-meanwhile = This account was changed in another window at the same time. Nothing was saved; try once more.
refused-two-factor-off = Two-step sign-in is not on.
refused-two-factor-start = More than 10 minutes have passed, or the setup was started in another browser. Start it again.
refused-last-manager = You are the only manager. Make another one first: mailapp create-manager
refused-blocked = The user is blocked already.
refused-not-blocked = The user is not blocked.
refused-disabled = The mailing is switched off already.
refused-enabled = The mailing is not switched off.
refused-private-mail = This letter opens somebody's account, so only its addressee reads it. On the server: mailapp mailbox { $id }
failure-429 = Too often
failure-429-text = Try again a little later.

## Letters of the service

letter-greeting = Hello,
letter-greeting-name = Hello { $name },
letter-foot = This letter was sent automatically by the mailing service { $site }. There is no need to reply.
letter-confirm-subject = Confirm your address
letter-confirm-text =
    Somebody has begun to register with this address at the mailing service { $site }.
    To finish, open the link and choose a password. The link works for three days.
    If that was not you, do nothing: without the link there is no account.
letter-confirm-button = Confirm the address
letter-registered-subject = You already have an account
letter-registered-text =
    Somebody, perhaps you, tried to register at { $site } with this address. There is an account for it already.
    Sign in with your password; if you have forgotten it, recover it from the sign-in page.
letter-registered-button = Sign in
letter-recover-subject = A new password
letter-recover-text =
    Somebody, perhaps you, asked for a new password for { $email } at { $site }.
    Open the link and choose a new password. The link works for an hour and can be used once.
    If that was not you, do nothing: the password stays as it is.
letter-recover-button = Choose a new password
letter-change-email-subject = Confirm your new address
letter-change-email-text =
    The account { $detail } at { $site } is to be moved to this address.
    Open the link and confirm it. The link works for a day.
    If that was not you, do nothing.
letter-change-email-button = Confirm the new address
letter-email-taken-subject = This address is taken
letter-email-taken-text =
    Somebody asked to move another account at { $site } to this address. There is an account for it already, so nothing has changed.
letter-email-change-asked-subject = A change of address was asked for
letter-email-change-asked-text =
    Your account at { $site } is to be moved to { $detail }. It moves when the link in the letter to that address is confirmed.
    If that was not you, change your password: somebody knows it.
letter-email-change-asked-button = Change the password
letter-email-changed-subject = Your address was changed
letter-email-changed-text =
    Your account at { $site } now belongs to { $detail }. Letters about it no longer go to the old address, { $email }.
    If that was not you, turn to a manager of the service.
letter-password-changed-subject = Your password was changed
letter-password-changed-text =
    The password of your account { $email } at { $site } was changed. All other devices were signed out.
    If that was not you, recover your password.
letter-password-changed-button = Recover the password
letter-two-factor-on-subject = Two-step sign-in is on
letter-two-factor-on-text =
    Signing in at { $site } with { $email } now takes a code from your app as well.
    If that was not you, change your password and turn to a manager of the service, who can remove two-step sign-in.
letter-two-factor-on-button = Change the password
letter-two-factor-off-subject = Two-step sign-in is off
letter-two-factor-off-text =
    Signing in at { $site } with { $email } no longer takes a code from your app.
    If that was not you, change your password and turn to a manager of the service.
letter-two-factor-off-button = Change the password
letter-blocked-subject = Your account is blocked
letter-blocked-text =
    A manager of { $site } has blocked your account { $email }. Reason: { $detail }
    Your data is kept; your mailings have stopped. If you do not agree, turn to a manager of the service.
letter-unblocked-subject = Your account is unblocked
letter-unblocked-text =
    Your account { $email } at { $site } works again. Runs that were stopped can be resumed on the mailings' pages.
letter-unblocked-button = Open the mailings
letter-switched-off-subject = A mailing was switched off
letter-switched-off-text =
    A manager of { $site } has switched your mailing “{ $detail }” off. Reason: { $reason }
    While it is off, nothing is sent. Your data is kept. When the reason is gone, turn to a manager of the service.
letter-switched-off-button = Open the mailings
letter-switched-on-subject = A mailing is on again
letter-switched-on-text =
    A manager of { $site } has switched your mailing “{ $detail }” on again. If its run was paused, resume it on its page.
letter-switched-on-button = Open the mailings
letter-deleted-subject = Your account is deleted
letter-deleted-text =
    The account { $email } at { $site } is deleted, and its data with it.
    If that was not you, turn to a manager of the service.

## The command line

cli-users = Show the users
cli-update-user = Change a user; omitted options keep their value
cli-delete-user = Delete a user and everything they own; the log is kept
cli-sessions = Show where a user is signed in
cli-sign-out-user = Sign a user out everywhere, or on one device
cli-arg-account = The user's email
cli-arg-theme = Appearance: light, dark, or auto, the system's
cli-arg-yes = Do not ask
cli-arg-session = This device only, a number from sessions
cli-update-user-email = New email address; it counts as confirmed
cli-update-user-language = Language: ru, en, or auto, the browser's
cli-update-user-time-zone = Time zone, for example Europe/London; empty: that of the settings
cli-user-changed = The user was changed: { $email }
cli-user-deleted = The user was deleted: { $email }
cli-user-signed-out = Signed out everywhere: { $email }
cli-no-session = There is no such device: { $id }. For a list: mailapp sessions
cli-delete-user-what = This deletes { $email } (recipients: { $recipients }, messages: { $messages }, mailings: { $mailings }). There is no way back.
cli-ask-delete-user = To delete it, type the email address again:
cli-last-manager = This is the last manager. Make another one first: mailapp create-manager
cli-not-deleted = Not confirmed, nothing was deleted. Without a question: --yes
cli-set-password = Give a user a password; the address counts as confirmed
cli-block-user = Block a user
cli-unblock-user = Unblock a user
cli-remove-two-factor = Remove a user's two-step sign-in
cli-disable-mailing = Switch a mailing off
cli-enable-mailing = Switch a mailing on again
cli-adopt = Send from this database although it was copied or restored
cli-audit = Show the audit log
cli-arg-search = Words that must occur
cli-users-blocked = Blocked ones only
cli-arg-reason = Why; the owner sees it
cli-no-user = There is no user { $email }.
cli-user-blocked = The user { $email } is blocked.
cli-user-unblocked = The user { $email } is unblocked.
cli-two-factor-removed = Two-step sign-in is removed: { $email }
cli-password-set = The password is set: { $email }. All devices are signed out.
cli-password-set-confirmed = The password is set: { $email }. The address now counts as confirmed.
demo-letters = Letters about accounts (registering, passwords) stay here: mailapp mailbox --data { $path }
