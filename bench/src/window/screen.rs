//! The display, looked at from outside: which window belongs to a process, and what it shows in a part of it.

use std::collections::HashSet;

use x11rb::{
    connection::Connection,
    protocol::xproto::{AtomEnum, ConnectionExt, ImageFormat, MapState, Window},
    rust_connection::RustConnection,
};

use crate::Outcome;

/// A part of a window in percent of it: left, top, width, height.
pub(crate) type Part = [u32; 4];

#[derive(Debug)]
pub(crate) struct Screen {
    connection: RustConnection,
    root: Window,
    pid: u32,
}

/// A window that can be seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    window: Window,
    width: u32,
    height: u32,
}

/// Four bytes a pixel, in rows.
pub(crate) type Picture = Vec<u8>;

impl Screen {
    /// Of the display that `DISPLAY` names.
    pub(crate) fn connect() -> Outcome<Self> {
        let (connection, screen) = x11rb::connect(None).map_err(|error| format!("no X display: {error}"))?;
        let root = connection.setup().roots[screen].root;
        let pid = connection.intern_atom(false, b"_NET_WM_PID")?.reply()?.atom;
        Ok(Self { connection, root, pid })
    }

    /// Every window there is, those inside a window manager's frames too.
    pub(crate) fn windows(&self) -> Outcome<HashSet<Window>> {
        let mut all = HashSet::new();
        for outer in self.connection.query_tree(self.root)?.reply()?.children {
            all.insert(outer);
            // One that went away meanwhile has no children.
            if let Ok(tree) = self.connection.query_tree(outer)?.reply() {
                all.extend(tree.children);
            }
        }
        Ok(all)
    }

    /// The visible window of a process, looked for among those that are not in `before`.
    pub(crate) fn window_of(&self, pid: u32, before: &HashSet<Window>) -> Outcome<Option<Shown>> {
        for window in self.windows()?.difference(before).copied() {
            let owner = self.connection.get_property(false, window, self.pid, AtomEnum::CARDINAL, 0, 1)?;
            let attributes = self.connection.get_window_attributes(window)?;
            let geometry = self.connection.get_geometry(window)?;
            let (Ok(owner), Ok(attributes), Ok(geometry)) = (owner.reply(), attributes.reply(), geometry.reply())
            else {
                continue;
            };
            let is_its = owner.value32().and_then(|mut values| values.next()) == Some(pid);
            // GTK has tiny helpers.
            if is_its && attributes.map_state == MapState::VIEWABLE && geometry.width > 100 {
                return Ok(Some(Shown { window, width: geometry.width.into(), height: geometry.height.into() }));
            }
        }
        Ok(None)
    }

    /// What a part of a window shows; `None` while it cannot be looked at.
    pub(crate) fn look(&self, shown: Shown, part: Part) -> Outcome<Option<Picture>> {
        let of = |whole: u32, percent: u32| whole * percent / 100;
        let image = self.connection.get_image(
            ImageFormat::Z_PIXMAP,
            shown.window,
            of(shown.width, part[0]) as i16,
            of(shown.height, part[1]) as i16,
            of(shown.width, part[2]) as u16,
            of(shown.height, part[3]) as u16,
            !0,
        )?;
        Ok(image.reply().ok().map(|image| image.data))
    }
}

/// How many colours there are. Text with smooth edges gives many; an empty pane or a skeleton a handful.
pub(crate) fn colours(picture: &[u8]) -> usize {
    picture.as_chunks::<4>().0.iter().collect::<HashSet<_>>().len()
}

/// The share of pixels of which a colour channel differs by more than `tolerance`, between two pictures of one size.
pub(crate) fn difference(one: &[u8], other: &[u8], tolerance: u8) -> f64 {
    if one.len() != other.len() || one.is_empty() {
        return 1.0;
    }
    let differ = |(a, b): &(&[u8; 4], &[u8; 4])| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > tolerance);
    let (one, other) = (one.as_chunks::<4>().0, other.as_chunks::<4>().0);
    one.iter().zip(other).filter(differ).count() as f64 / one.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_and_differences_are_counted_by_pixel() {
        let (black, white) = ([0, 0, 0, 0], [255, 255, 255, 0]);
        let picture = [black, white, white, black].concat();
        assert_eq!(colours(&picture), 2);
        assert!((difference(&picture, &[black, white, black, black].concat(), 8) - 0.25).abs() < 1e-9);
        assert!((difference(&picture, &black, 8) - 1.0).abs() < 1e-9);
    }
}
