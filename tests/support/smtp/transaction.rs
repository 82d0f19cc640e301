//! One transaction: MAIL, RCPT, and the mail itself, in lines or in chunks.

use super::log::Transaction;
use super::script::Stage;
use super::session::{Dialogue, Over};

impl Dialogue {
    pub(super) async fn mail(&mut self, line: &str) -> Result<(), Over> {
        self.mails += 1;
        if let Some((most, words)) = self.shared.cap
            && self.mails > most
        {
            return self.leave(words).await;
        }
        if self.shared.minds_pipelining && !self.unread.is_empty() {
            return self.leave("554 5.5.0 SMTP synchronization error").await;
        }
        let opened = {
            let transactions = &mut self.shared.log.lock().transactions;
            transactions.push(Transaction {
                connection: self.number,
                mail_command: line.to_owned(),
                mail_from: path(line),
                recipients: Vec::new(),
                has_recipient: false,
                invited: false,
                received: 0,
                mail: None,
                answer: None,
            });
            transactions.len() - 1
        };
        let usual = if !self.signed_in {
            "530 5.7.0 Sign in first\r\n"
        } else if self.transaction.is_some() {
            "503 5.5.1 Nested MAIL\r\n"
        } else {
            "250 2.1.0 Ok\r\n"
        };
        let said = self.at(Stage::Mail, usual).await?;
        if said.starts_with('2') {
            self.transaction = Some(opened);
        }
        Ok(())
    }

    pub(super) async fn rcpt(&mut self, line: &str) -> Result<(), Over> {
        let address = path(line);
        let Some(open) = self.transaction else {
            return self.say("503 5.5.1 MAIL first\r\n").await;
        };
        self.shared.log.lock().transactions[open]
            .recipients
            .push(address.clone());
        let usual = "250 2.1.5 Ok\r\n";
        let said = self.at_for(Stage::Rcpt, Some(&address), usual).await?;
        if said.starts_with('2') {
            self.shared.log.lock().transactions[open].has_recipient = true;
            self.recipient = Some(address);
        }
        Ok(())
    }

    pub(super) async fn data(&mut self) -> Result<(), Over> {
        let usual = if self.recipient.is_some() {
            "354 Go on\r\n"
        } else {
            "554 5.5.1 No valid recipients\r\n"
        };
        let said = self.at(Stage::Data, usual).await?;
        let Some(open) = self.transaction.filter(|_| said.starts_with('3')) else {
            return Ok(());
        };
        self.shared.log.lock().transactions[open].invited = true;
        self.at(Stage::Body, "").await?;
        let mail = self.stuffed_mail(open).await?;
        self.take(open, mail).await
    }

    /// Reads a mail to its final dot. What came of it stands in the log in any case.
    async fn stuffed_mail(&mut self, open: usize) -> Result<Vec<u8>, Over> {
        let mut mail = Vec::new();
        loop {
            match self.raw_line().await {
                Ok(line) if line == b".\r\n" => return Ok(mail),
                Ok(line) => mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line)),
                Err(over) => {
                    let came = mail.len() + self.unread.len();
                    self.shared.log.lock().transactions[open].received = came;
                    return Err(over);
                }
            }
        }
    }

    /// The mail has come to its end.
    async fn take(&mut self, open: usize, mail: Vec<u8>) -> Result<(), Over> {
        {
            let transaction = &mut self.shared.log.lock().transactions[open];
            transaction.received = mail.len();
            transaction.mail = Some(mail);
        }
        let usual = if self.recipient.is_some() {
            format!("250 2.0.0 Ok: queued as {:04X}\r\n", open + 1)
        } else {
            "554 5.5.1 No valid recipients\r\n".to_owned()
        };
        self.at(Stage::Dot, &usual).await?;
        self.forget_transaction();
        Ok(())
    }

    /// `BDAT <octets> [LAST]` (RFC 3030 §2): sized, not stuffed, no go-ahead. The octets are read whatever the answer will be, because they are
    /// on their way already.
    pub(super) async fn bdat(&mut self, line: &str) -> Result<(), Over> {
        let mut words = line.split_ascii_whitespace().skip(1);
        let size = words.next().and_then(|size| size.parse().ok());
        let is_last = words.next().is_some_and(|w| w.eq_ignore_ascii_case("LAST"));
        let Some(size) = size.filter(|_| self.shared.chunking) else {
            self.say("501 5.5.4 BDAT how much?\r\n").await?;
            return Err(Over);
        };
        if size == 0 && !is_last {
            // Postfix, from 3.4 on.
            return self.say("551 5.7.1 Null BDAT request\r\n").await;
        }
        if self.transaction.is_some() {
            self.at(Stage::Body, "").await?;
        }
        let came = self.octets(size).await;
        let Some(open) = self.transaction.filter(|_| self.recipient.is_some()) else {
            came.map_err(|_| Over)?;
            return self.say("503 5.5.1 No valid recipients\r\n").await;
        };
        let mail = self.chunks.get_or_insert_default();
        match came {
            Ok(chunk) => mail.extend(chunk),
            Err(part) => {
                let received = mail.len() + part.len();
                self.shared.log.lock().transactions[open].received = received;
                return Err(Over);
            }
        }
        if !is_last {
            let received = mail.len();
            self.shared.log.lock().transactions[open].received = received;
            self.at(Stage::Data, "250 2.0.0 Go on\r\n").await?;
            return Ok(());
        }
        let mail = self.chunks.take().unwrap_or_default();
        self.take(open, mail).await
    }
}

/// What stands between the angle brackets.
fn path(line: &str) -> String {
    line.split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or_else(String::new, |(path, _)| path.to_owned())
}
