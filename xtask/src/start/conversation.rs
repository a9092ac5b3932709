//! Who is in the demo and what they said. Data only; whoever is named first in a room made it.

/// Changes when anything below does.
pub(crate) const VERSION: &str = "1";

#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) username: &'static str,
    pub(crate) display_name: &'static str,
}

const fn person(username: &'static str, display_name: &'static str) -> Person {
    Person { username, display_name }
}

/// Ana comes first: the first account is the admin.
pub(crate) const PEOPLE: [Person; 7] = [
    person("ana", "Ana Torres"),
    person("juan", "Juan Medina"),
    person("luz", "Luz"),
    person("lucia", "Lucía Ferrer"),
    person("marta", "Marta Soler"),
    person("tom", "Tom Baker"),
    person("priya", "Priya Nair"),
];

#[derive(Debug)]
pub(crate) struct Room {
    /// Names it in client ids.
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) chat_type: &'static str,
    pub(crate) members: &'static [&'static str],
    pub(crate) lines: Vec<Line>,
    /// Who has how many unread; the others have read everything.
    pub(crate) unread: &'static [(&'static str, usize)],
}

#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) by: &'static str,
    pub(crate) text: &'static str,
    /// It answers the line that stands so many before it.
    pub(crate) answers: Option<usize>,
    pub(crate) reactions: &'static [(&'static str, &'static str)],
}

fn line(by: &'static str, text: &'static str) -> Line {
    Line { by, text, answers: None, reactions: &[] }
}

impl Line {
    fn answering(self, back: usize) -> Self {
        Self { answers: Some(back), ..self }
    }

    fn with(self, reactions: &'static [(&'static str, &'static str)]) -> Self {
        Self { reactions, ..self }
    }
}

/// In the order in which they were made: the last one is on top of the list.
pub(crate) fn rooms() -> Vec<Room> {
    vec![neighbours(), film_club(), flat(), lucia(), luz(), hike(), juan()]
}

fn neighbours() -> Room {
    Room {
        key: "neighbours",
        name: "Vecinos de la plaza",
        chat_type: "community",
        members: &["marta", "ana", "juan", "luz", "lucia", "tom", "priya"],
        lines: vec![
            line("marta", "Bienvenidos al grupo de la plaza. Para avisos, favores y lo que haga falta."),
            line("tom", "Hello everyone! I moved in above the bakery last week."),
            line("lucia", "Welcome, Tom. The bread at seven is worth getting up for."),
            line("marta", "El jueves cortan el agua de nueve a doce, portales 4 al 10.").with(&[
                ("ana", "like"),
                ("lucia", "like"),
                ("juan", "sad"),
            ]),
            line("priya", "Does anyone have a drill I could borrow on Saturday?"),
            line("ana", "I have one. It is loud, so not before ten.").answering(1).with(&[("priya", "love")]),
        ],
        unread: &[],
    }
}

fn film_club() -> Room {
    Room {
        key: "film-club",
        name: "Film club",
        chat_type: "group",
        members: &["priya", "ana", "tom", "lucia"],
        lines: vec![
            line("priya", "Next one is at my place, Friday at eight. Vote: *Close-Up* or *El espíritu de la colmena*?"),
            line("tom", "Close-Up. I have been told off twice for not having seen it."),
            line("lucia", "La colmena, siempre."),
            line("ana", "La colmena. Tom, we can tell you off a third time."),
            line("tom", "Fair.").with(&[("priya", "laugh"), ("lucia", "laugh")]),
            line("priya", "Two against one. Bring cushions, the good chairs are still at the carpenter's."),
        ],
        unread: &[("ana", 1)],
    }
}

fn flat() -> Room {
    Room {
        key: "flat",
        name: "Piso 3.º B",
        chat_type: "group",
        members: &["ana", "marta", "lucia"],
        lines: vec![
            line("marta", "Ha llegado la factura de la luz: 64,20 €. Toca a 21,40 cada una."),
            line("ana", "Hecho."),
            line("lucia", "Hecho también. ¿Quién ha dejado el horno encendido?"),
            line("marta", "Yo. Era pan.").with(&[("ana", "love"), ("lucia", "wow")]),
            line("lucia", "Retiro la pregunta."),
        ],
        unread: &[],
    }
}

fn lucia() -> Room {
    Room {
        key: "lucia",
        name: "",
        chat_type: "private",
        members: &["ana", "lucia"],
        lines: vec![
            line("lucia", "¿Te acuerdas del nombre de la librería de Oporto?"),
            line("ana", "La de la escalera no, la otra. Espera."),
            line("ana", "Poetria. Al lado del teatro."),
            line("lucia", "Esa. Gracias, llevo dos días dándole vueltas.").with(&[("ana", "laugh")]),
            line("lucia", "Me voy el jueves y vuelvo el domingo por la noche. ¿Te traigo algo?"),
            line("lucia", "Algo que no sea un gallo de cerámica."),
        ],
        unread: &[("ana", 2)],
    }
}

fn luz() -> Room {
    Room {
        key: "luz",
        name: "",
        chat_type: "private",
        members: &["luz", "ana"],
        lines: vec![
            line("luz", "Hi Ana, I am Luz. I live on this computer, so I am never far away."),
            line("luz", "Write to me and I will answer. Escríbeme en español si lo prefieres."),
        ],
        unread: &[("ana", 2)],
    }
}

fn hike() -> Room {
    Room {
        key: "hike",
        name: "Sunday hike",
        chat_type: "group",
        members: &["juan", "ana", "lucia", "tom"],
        lines: vec![
            line("juan", "Sunday: the ridge from Montcau to La Mola, about four hours with a long lunch."),
            line("tom", "I am in. How steep is \"about\"?"),
            line("juan", "Honest answer: the first half hour. After that it is a walk with a view.").answering(1),
            line("lucia", "Yo no puedo, estoy fuera hasta el domingo por la noche. Haced fotos.")
                .with(&[("juan", "sad")]),
            line("ana", "I will bring tortilla. With onion, and I am not taking questions.")
                .with(&[("juan", "fire"), ("tom", "like")]),
            line("juan", "Train at 8:36 from Plaça Catalunya, platform 2. We meet under the clock."),
            line("tom", "See you under the clock."),
        ],
        unread: &[],
    }
}

fn juan() -> Room {
    Room {
        key: "juan",
        name: "",
        chat_type: "private",
        members: &["ana", "juan"],
        lines: vec![
            line("juan", "¿Viste el partido anoche?"),
            line("ana", "Solo la segunda parte. El del minuto 88, qué barbaridad.").with(&[("juan", "golazo")]),
            line("juan", "Mi padre se levantó del sofá. No lo hacía desde 2010."),
            line("ana", "Are we still on for tomorrow? I finish at six."),
            line("juan", "Yes. The place on the corner, they keep the table until half past."),
            line("ana", "I will be there at twenty past. If the bus is late, order the croquetas without me.")
                .answering(1),
            line("juan", "Without you, but for you."),
            line("ana", "You understand me.").with(&[("juan", "love")]),
            line("juan", "By the way, I found your blue notebook. It was in the tent bag all along."),
            line("ana", "No. I turned the whole flat upside down for that."),
            line("juan", "I know. Marta told me, with photographs.").with(&[("ana", "laugh")]),
            line("ana", "Bring it tomorrow and nobody gets hurt."),
            line("juan", "Hecho. Hasta mañana, Ana."),
            line("ana", "Hasta mañana 👋"),
        ],
        unread: &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_who_speaks_or_reacts_is_in_the_room() {
        for room in rooms() {
            let is_in = |name| room.members.contains(&name);
            for (number, line) in room.lines.iter().enumerate() {
                assert!(is_in(line.by), "{} in {}", line.by, room.key);
                assert!(line.reactions.iter().all(|(name, _)| is_in(name)), "{}", line.text);
                assert!(line.answers.is_none_or(|back| back > 0 && back <= number), "{}", line.text);
            }
            assert!(room.members.iter().all(|name| PEOPLE.iter().any(|person| person.username == *name)));
            // Sending moves one's own marker: nobody can have unread what stands before their own last line.
            for (reader, unread) in room.unread {
                let after = room.lines.iter().rev().take_while(|line| line.by != *reader).count();
                assert!(*unread <= after && *unread > 0, "{reader} in {}", room.key);
            }
        }
    }
}
