#[cfg(test)]
mod commands;
#[cfg(test)]
mod preferences;
fn main() {}
