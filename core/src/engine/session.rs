//! Signing in and out, secrets and files that cannot be read, and another life of the server's database.

use std::collections::{HashMap, HashSet};

use recado_protocol::{RoomId, Seq, auth::Tokens, frame::Command as Frame, message::MessagePage};
use tokio::sync::mpsc;

use super::{Command, Engine, account::Account};
use crate::{
    address::ServerAddress,
    api::Api,
    cache::{Cache, Heads},
    connection::{Control, Link, LinkParts},
    outbox::{Lost, Outbox},
    profile::Owner,
    rest::Rest,
    sealed::{self, StoreError},
    tokens::{Pair, Secrets, TokenKeeper},
    view::{Connection, Failure, FailureCode, Lock, Session, SignOutReason},
};

impl Account {
    pub(super) fn order(&self, control: Control) {
        // A full queue of orders means that the same is asked already.
        let _ = self.link.control.try_send(control);
    }

    pub(super) async fn close(self) {
        self.cancel.cancel();
        self.cache.close().await;
        self.outbox.close().await;
    }

    /// Notes own messages, of one room or of all, before their rows go: the server may lack them.
    pub(super) async fn keep_lost(&mut self, room: Option<RoomId>) -> Result<(), StoreError> {
        let lost: Vec<Lost> = self
            .cache
            .own_messages(self.me.id, room, &self.people)
            .await?
            .into_iter()
            .filter_map(|message| {
                Some(Lost {
                    id: message.id,
                    room: message.chat_room,
                    seq: message.seq,
                    client_id: message.client_id?,
                    command: Frame::ChatMessage {
                        content: message.content,
                        message_type: message.message_type,
                        reply_to: message.reply_to.map(|quote| quote.id),
                        recovered: true,
                        attachments: message.attachments.iter().map(|attachment| attachment.id).collect(),
                    },
                    created_at: message.created_at,
                })
            })
            .collect();
        self.outbox.keep_lost(&lost).await
    }

    /// The server's database lives another life: sets the cache aside, keeps own messages for sending again, and starts from
    /// nothing.
    pub(super) async fn set_aside(&mut self, epoch: String) -> Result<(), StoreError> {
        tracing::warn!("the server was restored from a backup");
        self.keep_lost(None).await?;
        let rooms: Vec<RoomId> = self.rooms.keys().copied().collect();
        self.cache.keep_copy()?;
        self.cache.begin().await?;
        for room in rooms {
            self.cache.drop_room(room).await?;
        }
        self.cache.doubt_people().await?;
        let heads = Heads { epoch: Some(epoch), me: 0, people: 0, ..self.heads.clone() };
        self.cache.set_heads(&heads).await?;
        self.cache.commit().await?;
        self.disconnected(None);
        self.load().await
    }
}

impl Engine {
    /// Reads the secrets and opens the files. What cannot be read makes a lock, not a failure.
    pub(super) async fn reopen(&mut self) -> Result<(), Failure> {
        if self.account.is_some() {
            return Ok(());
        }
        let secrets = match Secrets::load(&*self.parts.options.secrets).await {
            Ok(secrets) => secrets,
            Err(error) => {
                let lock = error.lock().unwrap_or(Lock::KeyringLocked);
                tracing::info!(%error, "the secrets cannot be read");
                self.set_session(Session::Locked { lock });
                return Ok(());
            }
        };
        let reason = self.profile.file.session_ended.then_some(SignOutReason::SessionEnded);
        let server = self.profile.file.server.clone().or_else(|| self.parts.options.server.clone());
        let signed_out = Session::SignedOut { server, reason };
        let (Some(secrets), Some(me), Some(server)) =
            (secrets, self.profile.file.user.clone(), self.profile.file.server.clone())
        else {
            self.set_session(signed_out);
            return Ok(());
        };
        if secrets.pair.is_none() {
            self.set_session(signed_out);
            return Ok(());
        }
        match self.open_files(&secrets).await {
            Ok((cache, outbox)) => self.begin(secrets, me, &server, cache, outbox).await,
            Err(StoreError::Unreadable) => {
                self.set_session(Session::Locked { lock: Lock::CacheUnreadable });
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn open_files(&self, secrets: &Secrets) -> Result<(Cache, Outbox), StoreError> {
        let cache = Cache::open(&self.profile.cache_path(), &secrets.cache_key).await?;
        let outbox = Outbox::open(&self.profile.outbox_path(), &secrets.outbox_key).await?;
        Ok((cache, outbox))
    }

    /// Somebody is signed in and the files are open: starts to connect.
    async fn begin(
        &mut self,
        secrets: Secrets,
        me: Owner,
        server: &str,
        cache: Cache,
        outbox: Outbox,
    ) -> Result<(), Failure> {
        let address = ServerAddress::parse(server)?;
        let options = &self.parts.options;
        let rest = Rest::new(&address, &options.timing)?;
        let cancel = self.parts.cancel.child_token();
        let (ended_sender, ended) = mpsc::channel(1);
        let tokens = TokenKeeper::spawn(
            &self.parts.tracker,
            cancel.clone(),
            rest.clone(),
            secrets,
            options.secrets.clone(),
            options.clock.clone(),
            ended_sender,
        );
        let link = Link::spawn(
            &self.parts.tracker,
            LinkParts {
                address: address.clone(),
                tokens: tokens.clone(),
                timing: options.timing.clone(),
                clock: options.clock.clone(),
                work_offline: self.profile.file.work_offline,
                cancel: cancel.clone(),
            },
        );
        let session = Session::SignedIn { me: me.person(), server: address.to_string(), is_admin: me.is_admin };
        let mut account = Account {
            api: Api::new(rest, tokens, me.id),
            me,
            clock: options.clock.clone(),
            cancel,
            link,
            ended,
            cache,
            outbox,
            heads: Heads::default(),
            rooms: HashMap::new(),
            people: HashMap::new(),
            lanes: HashMap::new(),
            marks: HashMap::new(),
            drafts: HashMap::new(),
            statuses: HashMap::new(),
            wish: None,
            is_idle: false,
            active_at: tokio::time::Instant::now(),
            wire: None,
            own_typing: None,
            open: None,
            dirty: HashSet::new(),
            all_dirty: true,
            timeline_dirty: true,
            ends_seen: options.clock.now(),
            fetching: false,
            fetch_at: None,
            index_at: None,
        };
        account.load().await?;
        self.account = Some(account);
        self.set_session(session);
        Ok(())
    }

    /// Whether a server may be spoken with.
    pub(super) fn check_address(&self, address: &ServerAddress) -> Result<(), Failure> {
        if address.is_safe() || self.profile.file.insecure_servers.iter().any(|known| known == address.as_str()) {
            return Ok(());
        }
        let message = format!("{address} is not encrypted and has not been confirmed");
        Err(Failure::new(FailureCode::InsecureServer, message).at("server"))
    }

    pub(super) fn confirm_insecure(&mut self, address: &ServerAddress) -> Result<(), Failure> {
        if self.check_address(address).is_err() {
            self.profile.file.insecure_servers.push(address.to_string());
            self.profile.save()?;
        }
        Ok(())
    }

    /// Before an account is made: secrets can be kept, and nobody else is signed in.
    pub(super) async fn prepare_sign_in(&mut self) -> Result<(), Failure> {
        if self.account.is_some() {
            return Err(Failure::new(FailureCode::Conflict, "somebody is signed in; sign out first"));
        }
        match Secrets::load(&*self.parts.options.secrets).await {
            Ok(_) => Ok(()),
            Err(error) => {
                if let Some(lock) = error.lock() {
                    self.set_session(Session::Locked { lock });
                }
                Err(error.into())
            }
        }
    }

    pub(super) async fn signed_in(&mut self, address: ServerAddress, tokens: Tokens) -> Result<(), Failure> {
        let me = Owner {
            id: tokens.user.id,
            username: tokens.user.username.clone(),
            display_name: tokens.user.display_name.clone(),
            is_admin: tokens.user.is_admin.unwrap_or(false),
        };
        let file = &self.profile.file;
        let is_same =
            file.server.as_deref() == Some(address.as_str()) && file.user.as_ref().is_some_and(|user| user.id == me.id);
        let known = if is_same { Secrets::load(&*self.parts.options.secrets).await? } else { None };
        if known.is_none() {
            // Another person's files, or files whose key is lost.
            sealed::remove(&self.profile.cache_path())?;
            sealed::remove(&self.profile.outbox_path())?;
            self.profile.file.last_room = None;
        }
        let mut secrets = known.unwrap_or_else(Secrets::generate);
        secrets.pair = Some(Pair::new(&tokens, &*self.parts.options.clock));
        secrets.save(&*self.parts.options.secrets).await?;
        self.profile.file.server = Some(address.to_string());
        self.profile.file.user = Some(me);
        self.profile.file.session_ended = false;
        self.profile.file.work_offline = false;
        self.profile.save()?;
        self.reopen().await
    }

    /// Wipes everything of the person; the server is remembered for the form.
    pub(super) async fn signed_out(&mut self) -> Result<(), Failure> {
        if let Some(account) = self.account.take() {
            account.close().await;
        }
        Secrets::forget(&*self.parts.options.secrets).await?;
        sealed::remove(&self.profile.cache_path())?;
        sealed::remove(&self.profile.outbox_path())?;
        sealed::remove(&sealed::aside(&self.profile.cache_path()))?;
        self.profile.file.user = None;
        self.profile.file.last_room = None;
        self.profile.file.session_ended = false;
        self.profile.save()?;
        self.set_connection(Connection::None);
        let server = self.profile.file.server.clone();
        self.set_session(Session::SignedOut { server, reason: None });
        Ok(())
    }

    /// Ended elsewhere: tokens go, cache and outbox stay sealed, and the same person finds them again after signing in.
    pub(super) async fn session_ended(&mut self) {
        let Some(account) = self.account.take() else { return };
        account.close().await;
        let store = &*self.parts.options.secrets;
        let forgotten = match Secrets::load(store).await {
            Ok(Some(secrets)) => Secrets { pair: None, ..secrets }.save(store).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = forgotten {
            tracing::warn!(%error, "the ended session's tokens stay in the secret store");
        }
        self.profile.file.session_ended = true;
        if let Err(failure) = self.profile.save() {
            tracing::warn!(%failure, "the profile cannot be written");
        }
        self.set_connection(Connection::None);
        let server = self.profile.file.server.clone();
        self.set_session(Session::SignedOut { server, reason: Some(SignOutReason::SessionEnded) });
    }

    /// Sets an unreadable cache aside and begins a new one. The outbox stays, unless it is the one that cannot be read.
    pub(super) async fn rebuild_cache(&mut self) -> Result<(), Failure> {
        if let Some(account) = self.account.take() {
            account.close().await;
        }
        let Some(secrets) = Secrets::load(&*self.parts.options.secrets).await? else { return self.reopen().await };
        sealed::set_aside(&self.profile.cache_path())?;
        match Outbox::open(&self.profile.outbox_path(), &secrets.outbox_key).await {
            Ok(outbox) => outbox.close().await,
            Err(StoreError::Unreadable) => sealed::set_aside(&self.profile.outbox_path())?,
            Err(error) => return Err(error.into()),
        }
        self.reopen().await
    }

    /// After a restore, when all is synced: asks in the background which own messages the server lacks.
    pub(super) fn resend_lost(&mut self) {
        let Some(account) = &self.account else { return };
        let (api, engine, cancel) = (account.api.clone(), self.parts.to_self.clone(), account.cancel.clone());
        self.parts.tracker.spawn(async move {
            let work = async {
                let ask = |command| async {
                    let engine = engine.upgrade()?;
                    engine.send(command).await.ok()
                };
                let (reply, answer) = tokio::sync::oneshot::channel();
                ask(Command::Lost { reply }).await?;
                let mut by_room: HashMap<RoomId, Vec<Lost>> = HashMap::new();
                for lost in answer.await.ok()? {
                    by_room.entry(lost.room).or_default().push(lost);
                }
                for (room, newest_first) in by_room {
                    match lacking(&api, room, newest_first).await {
                        Ok(messages) => ask(Command::Lacking { room, messages }).await?,
                        // Kept; asked again at the next connection.
                        Err(failure) => tracing::info!(%failure, "what a restored server lacks is not known yet"),
                    }
                }
                Some(())
            };
            tokio::select! {
                () = cancel.cancelled() => {}
                _ = work => {}
            }
        });
    }
}

/// Of own messages, newest first, those that the server lacks, oldest first. A backup is a point in time: where one message is
/// there, all older ones are.
async fn lacking(api: &Api, room: RoomId, newest_first: Vec<Lost>) -> Result<Vec<Lost>, Failure> {
    let mut lacking = Vec::new();
    for lost in newest_first {
        let after: Seq = lost.seq - 1;
        let query = [("after", after.to_string()), ("limit", "1".to_owned())];
        let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let page: MessagePage = match api.get(&format!("rooms/{room}/messages"), &query).await {
            Ok(page) => page,
            // The room itself is of a time after the backup.
            Err(failure) if matches!(failure.code, FailureCode::NotFound | FailureCode::Forbidden) => {
                return Ok(Vec::new());
            }
            Err(failure) => return Err(failure),
        };
        if page.messages.first().is_some_and(|message| message.id == lost.id) {
            break;
        }
        lacking.push(lost);
    }
    lacking.reverse();
    Ok(lacking)
}
