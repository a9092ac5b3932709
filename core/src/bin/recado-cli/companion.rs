//! Luz: somebody to write to for a person who tries Recado alone. No intelligence, just manners: she reads, takes a moment,
//! types, and answers what she understands, in Spanish or English.

use std::{collections::HashMap, time::Duration};

use recado_core::{
    client::Client,
    view::{Event, Failure, Session},
};
use recado_protocol::{ChatType, Message, MessageType, RoomId, Seq, mention::Mentions};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Language {
    En,
    Es,
}

pub(crate) async fn run(client: &Client) -> Result<(), Failure> {
    let Session::SignedIn { me, .. } = client.session().await? else { return Ok(()) };
    let mut events = client.events();
    let mut answered: HashMap<RoomId, Seq> = HashMap::new();
    let mut count = 0;
    for room in client.startup().await?.rooms {
        // What was said before she came stays unanswered, except a last word that is addressed to her.
        let messages = client.room_messages(room.id).await?;
        answered.insert(room.id, messages.last().map_or(0, |message| message.seq));
    }
    println!("{} is here.", me.display_name);
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(()),
            event = events.next() => match event {
                None | Some(Event::Session { session: Session::SignedOut { .. } }) => return Ok(()),
                Some(Event::Rooms { .. } | Event::Lagged) => {}
                Some(_) => continue,
            },
        }
        for room in client.startup().await?.rooms {
            let after = *answered.entry(room.id).or_insert(0);
            let messages = client.room_messages(room.id).await?;
            let news: Vec<&Message> = messages.iter().filter(|message| message.seq > after).collect();
            let Some(last) = news.last() else { continue };
            answered.insert(room.id, last.seq);
            let to_her = |message: &&&Message| {
                message.sender.id != me.id
                    && message.sender.username != me.username
                    && message.message_type == MessageType::Text
                    && !message.is_deleted
                    && (room.chat_type == ChatType::Private || Mentions::of(&message.content).call(&me.username, false))
            };
            let Some(message) = news.iter().rev().find(to_her) else { continue };
            // Without a connection the answer waits in the outbox, as anybody's would.
            if let Err(failure) = answer(client, message, count).await {
                tracing::warn!(%failure, "no answer");
            }
            count += 1;
        }
    }
}

async fn answer(client: &Client, message: &Message, count: usize) -> Result<(), Failure> {
    let room = message.chat_room;
    tokio::time::sleep(Duration::from_millis(700)).await;
    client.mark_read(room, message.seq).await?;
    if let Some(emoji) = reaction(&message.content) {
        client.set_reaction(room, message.id, emoji.into(), true).await?;
    }
    let text = reply(&message.content, count);
    client.set_typing(room, true).await?;
    tokio::time::sleep(Duration::from_millis(900 + 12 * text.len().min(120) as u64)).await;
    client.set_typing(room, false).await?;
    client.send_message(room, text.into(), None).await?;
    Ok(())
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(Into::into).collect()
}

/// Spanish or English, by the small words.
fn language(text: &str) -> Language {
    const SPANISH: [&str; 34] = [
        "hola", "buenas", "buenos", "qué", "que", "cómo", "como", "está", "estás", "gracias", "adiós", "por", "para",
        "el", "la", "los", "una", "un", "es", "eres", "tú", "yo", "sin", "de", "y", "me", "te", "quién", "tal", "muy",
        "sí", "luego", "puedo", "funciona",
    ];
    const ENGLISH: [&str; 24] = [
        "hello", "hi", "hey", "the", "is", "are", "you", "what", "how", "who", "thanks", "thank", "does", "can", "i",
        "it", "and", "to", "of", "my", "without", "bye", "good", "work",
    ];
    if text.contains(['¿', '¡', 'ñ']) {
        return Language::Es;
    }
    let words = words(text);
    let of = |list: &[&str]| words.iter().filter(|word| list.contains(&word.as_str())).count();
    if of(&ENGLISH) >= of(&SPANISH) && of(&ENGLISH) > 0 { Language::En } else { Language::Es }
}

fn reaction(text: &str) -> Option<&'static str> {
    let words = words(text);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if has(&["gracias", "thanks", "thank"]) {
        return Some("❤️");
    }
    if has(&["gol", "golazo", "goal"]) {
        return Some("⚽");
    }
    (text.contains('!') && has(&["genial", "great", "bien", "cool", "wow", "bravo"])).then_some("🎉")
}

/// What she says; `count` varies what she says when she does not understand.
fn reply(text: &str, count: usize) -> &'static str {
    let words = words(text);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let pick = |es: &'static str, en: &'static str| match language(text) {
        Language::Es => es,
        Language::En => en,
    };
    if has(&["gracias", "thanks", "thank"]) {
        return pick("¡A ti! Me alegra ayudar.", "You're welcome! Glad to help.");
    }
    if has(&["adiós", "adios", "luego", "chao", "bye", "goodbye"]) {
        return pick("¡Hasta luego! Aquí estaré.", "See you! I'll be here.");
    }
    if has(&["conexión", "internet", "offline", "desconectado", "red", "network", "wifi"]) {
        return pick(
            "Prueba esto: trabaja sin conexión, escríbeme algo y vuelve a conectar. Llega una vez, en su sitio.",
            "Try this: work offline, write me something, and connect again. It arrives once, in its place.",
        );
    }
    if has(&["recado"]) {
        return pick(
            "Recado guarda tus mensajes cifrados en tu equipo y los entrega aunque se caiga la red.",
            "Recado keeps your messages encrypted on your computer and delivers them even if the network drops.",
        );
    }
    if has(&["quién", "quien", "eres", "who", "bot", "robot"]) {
        return pick(
            "Soy Luz. No soy una persona: estoy aquí para que no pruebes Recado a solas.",
            "I'm Luz. I'm not a person: I'm here so you don't have to try Recado alone.",
        );
    }
    if text.contains('?') && has(&["tal", "cómo", "como", "how"]) {
        return pick("Muy bien, gracias. ¿Y tú?", "Very well, thank you. And you?");
    }
    if has(&["hola", "buenas", "buenos", "hello", "hi", "hey"]) {
        return pick("¡Hola! Qué bien leerte. ¿Qué tal?", "Hello! Nice to hear from you. How are you?");
    }
    let fallback = [
        ("Te leo. Cuéntame más.", "I'm reading you. Tell me more."),
        ("Mira los tics junto a tu mensaje: ya lo he leído.", "See the ticks by your message: I've read it."),
        ("No sé mucho, pero contesto siempre.", "I don't know much, but I always answer."),
        ("¿Has probado a desconectar y escribir?", "Have you tried to disconnect and write?"),
    ];
    let (es, en) = fallback[count % fallback.len()];
    pick(es, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn she_answers_in_the_language_of_the_message() {
        assert!(reply("hola Luz", 0).starts_with("¡Hola!"));
        assert!(reply("Hello there", 0).starts_with("Hello!"));
        assert!(reply("how are you?", 0).starts_with("Very well"));
        assert!(reply("¿qué tal?", 0).starts_with("Muy bien"));
        assert!(reply("does it work without internet?", 0).starts_with("Try this"));
        assert_ne!(reply("mmm", 0), reply("mmm", 1));
    }
}
