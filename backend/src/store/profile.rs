//! What people tell of themselves, and how they want to be seen.

use std::collections::HashMap;

use recado_protocol::{
    Participant, Rev, RoomId, ServerFrame, Timestamp, User, UserId,
    frame::{MeRooms, MeSync, PeopleSync, SyncFrame},
    limits::{MAX_ABOUT_CHARS, MAX_STATUS_CHARS},
    reaction,
    user::{CustomStatus, Status, UserPatch},
};
use sqlx::{Row, SqliteConnection};

use super::{Store, rooms, rows, writer::Tx};
use crate::{Error, auth::checked_display_name, error::Result, event::Event};

impl Store {
    /// Changes one's profile and tells everyone.
    pub async fn patch_user(&self, user: UserId, patch: UserPatch) -> Result<User> {
        self.write(move |tx| Box::pin(patch_user(tx, user, patch))).await
    }

    /// Chooses how one wants to be seen, on every device; where the stream `me` stands with it.
    pub async fn set_presence(&self, user: UserId, presence: Status) -> Result<Rev> {
        self.write(move |tx| Box::pin(set_presence(tx, user, presence))).await
    }

    /// Others saw them go.
    pub async fn saw_leave(&self, user: UserId) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query("UPDATE users SET last_seen_at = ? WHERE id = ?")
                    .bind(tx.now.millis())
                    .bind(user.as_bytes().as_slice())
                    .execute(&mut tx.conn)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Head of a person's stream `me`, and how they want to be seen.
    pub async fn me_start(&self, user: UserId) -> Result<(Rev, Status)> {
        let mut tx = self.snapshot().await?;
        let row = sqlx::query("SELECT me_rev, presence FROM users WHERE id = ?")
            .bind(user.as_bytes().as_slice())
            .fetch_one(&mut *tx)
            .await?;
        Ok((row.try_get("me_rev")?, rows::parsed(row.try_get("presence")?, Status::parse)?))
    }

    /// Who is in the room now, and when those who went were last seen (for `watch`).
    pub async fn watched(
        &self,
        viewer: UserId,
        room: RoomId,
    ) -> Result<(Vec<Participant>, HashMap<UserId, Timestamp>)> {
        let mut tx = self.snapshot().await?;
        rooms::participant_access(&mut tx, viewer, room).await?;
        let people = rows::participants(&mut tx, Some(viewer), room, -1, false).await?;
        let found = sqlx::query(
            "SELECT u.id, u.last_seen_at FROM participants p JOIN users u ON u.id = p.user \
             WHERE p.room = ? AND p.role IS NOT NULL AND u.last_seen_at IS NOT NULL",
        )
        .bind(room.as_bytes().as_slice())
        .fetch_all(&mut *tx)
        .await?;
        let seen = found.iter().map(|row| Ok((rows::id(row, "id")?, Timestamp(row.try_get("last_seen_at")?))));
        Ok((people, seen.collect::<Result<_>>()?))
    }
}

async fn patch_user(tx: &mut Tx, user: UserId, patch: UserPatch) -> Result<User> {
    let old = full(&mut tx.conn, user, tx.now).await?;
    let mut new = old.clone();
    if let Some(name) = patch.display_name {
        new.display_name = checked_display_name(&name)?;
    }
    if let Some(about) = patch.about {
        new.about = about.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        if new.about.as_ref().is_some_and(|text| text.chars().count() > MAX_ABOUT_CHARS) {
            return Err(Error::invalid("about", format!("at most {MAX_ABOUT_CHARS} characters")));
        }
    }
    if let Some(zone) = patch.time_zone {
        new.time_zone = zone.map(|name| checked_time_zone(&name)).transpose()?;
    }
    if let Some(status) = patch.status {
        new.status = status.map(|status| checked_status(status, tx.now)).transpose()?.flatten();
    }
    if new == old {
        return Ok(old);
    }
    let rev = next_people_rev(tx).await?;
    let status = new.status.unwrap_or_default();
    sqlx::query(
        "UPDATE users SET display_name = ?, about = ?, time_zone = ?, status_emoji = ?, status_text = ?, status_until = ?, \
         rev = ? WHERE id = ?",
    )
    .bind(new.display_name)
    .bind(new.about)
    .bind(new.time_zone)
    .bind(status.emoji)
    .bind(status.text)
    .bind(status.until.map(Timestamp::millis))
    .bind(rev)
    .bind(user.as_bytes().as_slice())
    .execute(&mut tx.conn)
    .await?;
    tell_person(tx, user).await
}

async fn set_presence(tx: &mut Tx, user: UserId, presence: Status) -> Result<Rev> {
    if !presence.is_choice() {
        return Err(Error::invalid("status", "online, away, dnd or invisible"));
    }
    let row = sqlx::query(
        "UPDATE users SET presence = ?1, me_rev = me_rev + 1, presence_me_rev = me_rev + 1, me_changed_at = ?2 \
         WHERE id = ?3 AND presence <> ?1 RETURNING me_rev",
    )
    .bind(presence.as_str())
    .bind(tx.now.millis())
    .bind(user.as_bytes().as_slice())
    .fetch_optional(&mut tx.conn)
    .await?;
    let Some(row) = row else {
        let row = sqlx::query("SELECT me_rev FROM users WHERE id = ?")
            .bind(user.as_bytes().as_slice())
            .fetch_one(&mut tx.conn)
            .await?;
        return Ok(row.try_get(0)?);
    };
    let rev = row.try_get(0)?;
    let me = MeRooms { presence: Some(presence), ..MeRooms::default() };
    let frame = ServerFrame::Sync(SyncFrame::Me(MeSync { me, upto: rev, reference: None }));
    tx.events.push(Event::Me { user, rev, frame });
    Ok(rev)
}

/// The name as the IANA writes it.
fn checked_time_zone(name: &str) -> Result<String> {
    let zone = jiff::tz::TimeZone::get(name.trim()).ok();
    let known = zone.and_then(|zone| zone.iana_name().map(ToOwned::to_owned));
    known.ok_or_else(|| Error::invalid("time_zone", "a time zone by its IANA name, such as America/La_Paz"))
}

/// One that says nothing, or is over, is none.
fn checked_status(status: CustomStatus, now: Timestamp) -> Result<Option<CustomStatus>> {
    let tidy = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let status = CustomStatus { emoji: tidy(status.emoji), text: tidy(status.text), until: status.until };
    if status.emoji.as_ref().is_some_and(|emoji| !reaction::is_emoji(emoji)) {
        return Err(Error::invalid("status.emoji", "one emoji"));
    }
    let is_long = |text: &String| text.chars().count() > MAX_STATUS_CHARS || text.chars().any(char::is_control);
    if status.text.as_ref().is_some_and(is_long) {
        return Err(Error::invalid("status.text", format!("at most {MAX_STATUS_CHARS} characters on one line")));
    }
    let says_something = status.emoji.is_some() || status.text.is_some();
    Ok(Some(status).filter(|status| says_something && !status.is_over(now)))
}

pub(super) async fn next_people_rev(tx: &mut Tx) -> Result<Rev> {
    let row = sqlx::query("UPDATE streams SET rev = rev + 1 WHERE name = 'people' RETURNING rev")
        .fetch_one(&mut tx.conn)
        .await?;
    Ok(row.try_get(0)?)
}

pub(super) async fn full(conn: &mut SqliteConnection, user: UserId, now: Timestamp) -> Result<User> {
    let row =
        sqlx::query(rows::select_user!("WHERE u.id = ?")).bind(user.as_bytes().as_slice()).fetch_one(conn).await?;
    rows::full_user(&row, now)
}

pub(super) async fn tell_person(tx: &mut Tx, user: UserId) -> Result<User> {
    let user = full(&mut tx.conn, user, tx.now).await?;
    let rev = user.rev;
    let sync = PeopleSync { people: vec![user.clone()], upto: rev, has_more: false, reference: None };
    tx.events.push(Event::People { rev, frame: ServerFrame::Sync(SyncFrame::People(sync)) });
    Ok(user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_is_one_of_the_ianas() {
        assert_eq!(checked_time_zone(" america/la_paz ").unwrap(), "America/La_Paz");
        for bad in ["", "La Paz", "Mars/Olympus", "UTC+4", "../etc/passwd"] {
            assert_eq!(checked_time_zone(bad).unwrap_err().field.as_deref(), Some("time_zone"), "{bad}");
        }
    }
}
