//! How many rooms with how many members each.

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Shape {
    pub(crate) rooms: usize,
    pub(crate) members: usize,
}

impl std::str::FromStr for Shape {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parsed =
            text.split_once('x').and_then(|(rooms, members)| Some((rooms.parse().ok()?, members.parse().ok()?)));
        match parsed {
            Some((rooms, members)) if rooms > 0 && members > 1 => Ok(Self { rooms, members }),
            _ => Err(format!("{text:?} is not ROOMSxMEMBERS, such as 1x50")),
        }
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} × {}", self.rooms, self.members)
    }
}
