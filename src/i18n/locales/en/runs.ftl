### Runs: what is in doubt, what is known of the progress, why one paused by itself.

## Progress

run-rate-second = ≈ { $rate } mails/s · about { $left } left
run-next-try-now = { $count ->
    [one] { $count } waits; next try now
   *[other] { $count } wait; next try now
}
run-replies = The mail server's last replies
run-undecided = { $shown } to decide
run-doubts-ask = In doubt, to decide: { $shown }
slow-relay-down = Sending waits for the mail server: { $text }. Next try: { $next }.
slow-relay-complained = The mail server { $name } asked for less, so it gets { $rate } mails a minute for now: { $text }
slow-relay-hour = The hourly limit of the mail server { $name } is reached. It goes on at { $until }.
slow-relay-day = The daily limit of the mail server { $name } is reached. It goes on at { $until }.
slow-domain-complained = { $name } asked for less, so it gets { $rate } mails a minute for now: { $text }
slow-domain-hour = The hourly limit of mails to { $name } is reached. They go on at { $until }.
slow-domain-day = The daily limit of mails to { $name } is reached. They go on at { $until }.

## Why it paused by itself, and what to do

pause-password = Paused: the mail server did not take the user name and password. It said: { $detail }
pause-refusals = Paused: nearly all of the last mails met with the same refusal: { $detail }
pause-rejected = Paused: the mail server refuses us, whoever the email is for. It said: { $detail }
pause-rejected-ours = Paused: the mail server refuses us, whoever the email is for: { $detail }
pause-doubts = Paused: the mail server took several emails in a row and confirmed none of them: { $detail }
pause-relay-advice = When the server works again, press Resume: sending goes on where it stopped. If it stays away, turn to whoever set the service up.
pause-password-advice = Whoever runs the service should check the mail server's user name and password (relay.username, relay.password). Then press Resume: sending goes on where it stopped.
pause-refusals-advice = Going on would get the others refused, too. Read the reply: the email may look like spam, the sender's domain may not be authenticated (SPF, DKIM, DMARC), or the addresses may be out of date. When it is fixed, press Resume: the recipients refused with this reply are tried again, unless they have unsubscribed or been deleted in the meantime. Or cancel the run.
pause-rejected-advice = Whoever runs the service should read the reply and fix the mail server's settings. Then press Resume: nobody counts as failed, and everyone not reached yet is tried.
pause-helo-advice = Whoever runs the service should set relay.helo to this machine's full name, for example mail.example.com. Then press Resume: nobody counts as failed, and everyone not reached yet is tried.
pause-relaying-advice = Whoever runs the service should check the mail server's settings: relay.host, relay.username and relay.password, and that the server accepts mail from sender.address. Then press Resume: nobody counts as failed, and everyone not reached yet is tried.
pause-signin-advice = Whoever runs the service should check the sign-in settings: relay.username, relay.password, relay.security. Then press Resume: nobody counts as failed, and everyone not reached yet is tried.
pause-sender-advice = Whoever runs the service should check that the mail server may send from sender.address, and that the account is not suspended. Then press Resume: nobody counts as failed, and everyone not reached yet is tried.
pause-quota-advice = The account's sending limit is used up. Resume when the server accepts mail again (usually the next day), or ask the provider for a higher limit. To stay below it, set relay.mails_per_day.
pause-reputation-advice = Whoever runs the service should get the IP address or the domain off the block list, or fix its DNS records (PTR, SPF, DKIM, DMARC), or use another mail server. Then press Resume: nobody counts as failed, and everyone not reached yet is tried.
pause-doubts-advice = Nobody can know whether these emails arrived, so sending more would only make more of them uncertain. Whoever runs the service should look into the mail server's log. Then press Resume. What is in doubt for the second time waits for your decision.
pause-base-url = Paused: the email has an unsubscribe link, and the service's public address (base_url) is no longer set.
pause-base-url-advice = Ask your administrator to set base_url and restart the service. Then press Resume: sending goes on where it stopped.

## In doubt

doubts = In doubt
doubts-text = These mails were handed to the mail server whole, but it has not confirmed them: nobody can know whether they arrived.
doubts-none = Nobody is in doubt
doubts-none-text = Of every mail of this run it is known what became of it.
doubt-why = Why
doubt-decision = Decision
doubt-undecided = to be decided
doubt-again = Send again
doubt-again-text = the person may get it twice.
doubt-leave = Leave
doubt-leave-text = the person may not have got it.
doubt-again-all = Send again: { $shown }
doubt-leave-all = Leave: { $shown }
doubt-lost = The connection broke when the whole mail had been handed over and the server had not answered yet.
doubt-timeout = The whole mail was handed over, but the server did not answer in time.
doubt-malformed = The whole mail was handed over, but the server's answer made no sense.
doubt-out-of-step = The whole mail was handed over, but the reply that came belongs to another command. Nobody can tell whether the server took it.
doubt-interrupted = The program ended during the attempt; the server may have taken the mail.
doubt-unknown = The mail may have been taken, but there is no answer that says so.
doubt-twice = This has happened twice, so it is not sent again by itself.
doubt-again-at = Goes out again by itself in { $span }.
doubt-again-now = Goes out again by itself now.
doubt-left = Left so { $when }
notice-doubt-again = { $count ->
    [one] { $count } mail goes out again.
   *[other] { $count } mails go out again.
}
notice-doubt-left = { $count ->
    [one] { $count } mail is left in doubt.
   *[other] { $count } mails are left in doubt.
}
notice-doubt-unsubscribed = { $count ->
    [one] { $count } recipient has unsubscribed or was deleted, and is not mailed.
   *[other] { $count } recipients have unsubscribed or were deleted, and are not mailed.
}
refused-not-in-doubt = Mail { $id } of this run is not in doubt. Perhaps it has been decided already.
refused-nobody-in-doubt = There is nothing to decide: nobody is in doubt.
refused-doubt-unsubscribed = The recipient has unsubscribed or was deleted, and must not be mailed again. The mail stays in doubt.
refused-run-in-flight = Mails of the cancelled run are still in flight. Try again in a minute.
audit-send-doubt-again = Sent mails in doubt again
audit-leave-doubt = Left mails in doubt

## The letter to the owner

letter-paused-subject = A mailing has stopped: { $detail }
letter-paused-text =
    The run of your mailing “{ $detail }” at { $site } has stopped by itself.
    { $reason }
    Nothing is lost: whoever was not mailed yet waits.
letter-paused-button = Open the mailing

## The command line

cli-status = Show the state of a mailing's run
cli-doubts = Show which mails are in doubt, and why
cli-send-again = Send mails in doubt again: the person may get it twice
cli-leave = Leave mails in doubt: the person may not have got it
cli-arg-delivery = Numbers from mailapp doubts; without them, all that are not decided
cli-arg-run = Number of the run (the latest unless said)
cli-no-run = Mailing { $id } has no run { $run }.
cli-in-doubt = , { $count } in doubt
cli-reply = Reply: { $text }
cli-doubts-ask = { $count ->
    [one] { $count } mail is in doubt. Which, and why: mailapp doubts { $id }
   *[other] { $count } mails are in doubt. Which, and why: mailapp doubts { $id }
}
cli-doubts-hint =
    Again (the person may get it twice): mailapp send-again { $id } [N…]
    Leave (the person may not have got it): mailapp leave { $id } [N…]
cli-doubt-again-at = goes out again by itself { $when }
