//! How one wants to be seen, and whether somebody is at this device.
//!
//! A choice (`online`, `dnd`, `invisible`) is the person's, on every device: it counts here at once, waits until the server has
//! it, and is followed when another device makes one. Being away is this device's alone: nobody touched it for a while.

use recado_protocol::{
    UserId,
    frame::Command as Frame,
    user::{CustomStatus, Status},
};
use tokio::time::Instant;

use super::{
    Engine,
    account::Account,
    calls::{no_person, signed_out},
};
use crate::{
    client::Timing,
    sealed::StoreError,
    view::{Event, Failure, FailureCode, Person, PersonProfile, Session},
};

/// Before the reference of a choice that is told.
const REFERENCE: &str = "presence:";

impl Account {
    /// Says what the server does not know yet of one's presence.
    pub(super) fn tell_presence(&mut self) {
        let Some(wire) = self.wire.as_mut().filter(|wire| wire.is_ready) else { return };
        let came_back = (wire.told == Some(Status::Away)).then_some(self.heads.presence);
        let wanted = self.wish.or(self.is_idle.then_some(Status::Away)).or(came_back);
        let Some(status) = wanted.filter(|status| wire.told != Some(*status)) else { return };
        let reference = format!("{REFERENCE}{}", status.as_str());
        if wire.out.try_send(Frame::SetPresence { status }.to_frame(None, None, Some(&reference))).is_ok() {
            wire.told = Some(status);
        }
    }

    /// A choice was answered.
    pub(super) async fn presence_told(&mut self, reference: &str) -> Result<(), StoreError> {
        let status = reference.strip_prefix(REFERENCE).and_then(Status::parse);
        if status.is_some() && status == self.wish {
            self.wish = None;
            self.outbox.set_wish(None).await?;
            self.tell_presence();
        }
        Ok(())
    }

    /// A choice could not be taken now: it is told again.
    pub(super) fn presence_untold(&mut self, reference: &str) {
        if let (Some(_), Some(wire)) = (reference.strip_prefix(REFERENCE), &mut self.wire) {
            wire.told = None;
        }
    }

    /// Somebody is at the device.
    pub(super) fn active(&mut self) {
        self.active_at = Instant::now();
        if self.is_idle {
            self.is_idle = false;
            self.tell_presence();
        }
    }

    /// When the device counts as left.
    pub(super) fn idle_at(&self, timing: &Timing) -> Option<Instant> {
        (!self.is_idle).then(|| self.active_at + timing.idle)
    }

    pub(super) fn note_idle(&mut self, timing: &Timing) {
        if self.idle_at(timing).is_some_and(|at| at <= Instant::now()) {
            self.is_idle = true;
            self.tell_presence();
        }
    }

    /// What somebody is about just now.
    pub(super) fn custom_status(&self, user: UserId) -> Option<&CustomStatus> {
        let status = self.people.get(&user)?.status.as_ref()?;
        (!status.is_over(self.clock.now())).then_some(status)
    }
}

impl Engine {
    pub(super) async fn set_presence(&mut self, status: Status) -> Result<(), Failure> {
        if !status.is_choice() {
            return Err(Failure::new(FailureCode::InvalidRequest, "online, dnd or invisible").at("status"));
        }
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        account.outbox.set_wish(Some(status)).await?;
        account.wish = Some(status);
        account.heads.presence = status;
        account.cache.set_heads(&account.heads).await?;
        account.active();
        account.tell_presence();
        Ok(())
    }

    pub(super) fn person_profile(&self, user: UserId) -> Result<PersonProfile, Failure> {
        let account = self.account.as_ref().ok_or_else(signed_out)?;
        let known = account.people.get(&user).ok_or_else(no_person)?;
        let seen = account.statuses.get(&user);
        let own = (user == account.me.id).then_some(account.heads.presence);
        Ok(PersonProfile {
            person: Person::from(known),
            about: known.about.clone(),
            time_zone: known.time_zone.clone(),
            custom_status: account.custom_status(user).cloned(),
            status: own.or(seen.map(|seen| seen.status)),
            last_seen_at: seen.and_then(|seen| seen.last_seen_at),
            is_blocked: account.heads.blocked.contains(&user),
        })
    }

    /// Tells what became different of oneself.
    pub(super) fn publish_self(&mut self) {
        let Some(account) = &self.account else { return };
        let (presence, me, owner) = (account.heads.presence, account.me.person(), account.me.clone());
        if presence != self.presence {
            self.presence = presence;
            self.tell(Event::Presence { presence });
        }
        if let Session::SignedIn { me: shown, server, is_admin } = &self.session
            && *shown != me
        {
            let session = Session::SignedIn { me, server: server.clone(), is_admin: *is_admin };
            self.profile.file.user = Some(owner);
            if let Err(failure) = self.profile.save() {
                tracing::warn!(%failure, "the profile cannot be written");
            }
            self.set_session(session);
        }
    }
}
