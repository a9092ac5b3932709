//! A server with as much in it as after years, written straight into its database: posting it would take minutes.

use sqlx::{Connection, SqliteConnection};
use uuid::Uuid;

use crate::World;

/// Between two messages.
const STEP_MS: i64 = 60_000;

/// Of all lengths that people write.
const WORDS: &str = "Llegaron las cajas y las dejamos en la entrada, junto a la puerta grande, para que nadie tropiece con ellas por la \
    noche. Mañana viene alguien de la oficina a contarlas, y si falta alguna habrá que llamar otra vez al almacén, que no siempre \
    contesta. Mientras tanto, lo que se necesite de verdad se puede sacar, con tal de que quede apuntado en la hoja.";

/// One after the other, numbered.
const MESSAGES: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
    INSERT INTO messages (id, room, seq, rev, created_rev, sender, content, message_type, is_indexed, created_at, updated_at)
    SELECT randomblob(16), r.id, i, r.rev + i, r.rev + i, p.user, i || ': ' || substr(?2, 1, 8 + i * 7919 % 340), 'text', 1,
        ?3 + i * ?4, ?3 + i * ?4
    FROM n, rooms r
    JOIN (SELECT user, row_number() OVER (ORDER BY user) - 1 AS place FROM participants WHERE room = ?5) p ON p.place = i / 3 % 2
    WHERE r.id = ?5";

const HEADS: &str = "UPDATE rooms SET rev = rev + ?1, last_seq = ?1, last_at = ?2, changed_at = ?2 WHERE id = ?3";
const READ: &str = "UPDATE participants SET last_read_seq = ?1 WHERE room = ?2";

/// Rooms as another one is.
const ROOMS: [&str; 5] = [
    "CREATE TEMP TABLE made AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
     SELECT i, randomblob(16) AS id, ?1 AS model FROM n",
    "INSERT INTO rooms (id, chat_type, name, rev, settings_rev, last_seq, last_at, created_at, changed_at)
     SELECT made.id, chat_type, name || ' ' || i, rev, settings_rev, last_seq, last_at - i * 60000, created_at - i * 60000,
         changed_at
     FROM made JOIN rooms ON rooms.id = model",
    "INSERT INTO participants (room, user, role, last_read_seq, rev, me_rev, joined_at, changed_at)
     SELECT made.id, user, role, last_read_seq, participants.rev, users.me_rev + i, joined_at, changed_at
     FROM made JOIN participants ON room = model JOIN users ON users.id = user",
    "INSERT INTO messages (id, room, seq, rev, created_rev, sender, content, message_type, is_indexed, created_at, updated_at)
     SELECT randomblob(16), made.id, seq, rev, created_rev, sender, content, message_type, 1, created_at - i * 60000,
         updated_at - i * 60000
     FROM made JOIN messages ON room = model",
    "UPDATE users SET me_rev = me_rev + (SELECT COUNT(*) FROM made) WHERE id IN (SELECT user FROM participants)",
];

/// Fills an empty room of two with so many messages, the first a minute before the second, and makes so many rooms more in the
/// image of `model`. The server is stopped for it and started again.
pub async fn fill(world: &mut World, room: &str, messages: u32, model: &str, rooms: u32) {
    let id = |text: &str| text.parse::<Uuid>().expect("a room's id").as_bytes().to_vec();
    world.server.terminate().await;
    let url = format!("sqlite:{}", world.server.data_dir.join("recado.db").display());
    let mut connection = SqliteConnection::connect(&url).await.expect("the database opens");
    let mut work = connection.begin().await.expect("a transaction begins");
    let last: (i64, i64) = sqlx::query_as("SELECT last_seq, created_at FROM rooms WHERE id = ?")
        .bind(id(room))
        .fetch_one(&mut *work)
        .await
        .expect("the room is there");
    assert_eq!(last.0, 0, "the room that is filled is empty");
    let start = last.1 - i64::from(messages) * STEP_MS;
    let fill = sqlx::query(MESSAGES).bind(messages).bind(WORDS).bind(start).bind(STEP_MS).bind(id(room));
    assert_eq!(fill.execute(&mut *work).await.expect("messages are written").rows_affected(), u64::from(messages));
    let heads = sqlx::query(HEADS).bind(messages).bind(last.1).bind(id(room));
    heads.execute(&mut *work).await.expect("the room's head is written");
    sqlx::query(READ).bind(messages).bind(id(room)).execute(&mut *work).await.expect("markers are written");
    for sql in ROOMS {
        let query = if sql.contains("?2") { sqlx::query(sql).bind(id(model)).bind(rooms) } else { sqlx::query(sql) };
        query.execute(&mut *work).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    }
    work.commit().await.expect("it is committed");
    connection.close().await.expect("the database closes");
    world.server.start().await;
}
