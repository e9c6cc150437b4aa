//! Where the words beside marks may stand, so that none covers a mark or another word. No DOM.
//!
//! Places are canvas pixels. A label that finds no free place is left out: hovering and the table still tell it.

/// A rectangle: left, top, right, bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Smallest x.
    pub left: f64,
    /// Smallest y.
    pub top: f64,
    /// Largest x.
    pub right: f64,
    /// Largest y.
    pub bottom: f64,
}

impl Area {
    /// Around a centre.
    pub fn around(x: f64, y: f64, reach: f64) -> Self {
        Self { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach }
    }

    fn meets(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn holds(&self, other: &Self) -> bool {
        self.left <= other.left
            && self.top <= other.top
            && self.right >= other.right
            && self.bottom >= other.bottom
    }
}

/// What is taken already.
#[derive(Debug, Default)]
pub struct Board {
    taken: Vec<Area>,
}

impl Board {
    /// Keeps labels off an area.
    pub fn block(&mut self, area: Area) {
        self.taken.push(area);
    }

    /// The left top corner of a label of this size beside a mark, if there is room within `bounds`.
    pub fn place(
        &mut self,
        (x, y): (f64, f64),
        reach: f64,
        (width, height): (f64, f64),
        bounds: &Area,
    ) -> Option<(f64, f64)> {
        let gap = reach + height * 0.22;
        let beside = [x + gap, x - gap - width, x - width / 2.0];
        let level = [y - height / 2.0, y - gap - height, y + gap];
        let slanted = reach * 0.7 + height * 0.1;
        let corners = [
            (x + slanted, y - slanted - height),
            (x + slanted, y + slanted),
            (x - slanted - width, y - slanted - height),
            (x - slanted - width, y + slanted),
        ];
        let sides =
            [(beside[0], level[0]), (beside[1], level[0]), (beside[2], level[1]), (beside[2], level[2])];
        sides.into_iter().chain(corners).find_map(|(left, top)| {
            let area = Area { left, top, right: left + width, bottom: top + height };
            let free = bounds.holds(&area) && !self.taken.iter().any(|taken| taken.meets(&area));
            free.then(|| {
                self.taken.push(area);
                (left, top)
            })
        })
    }
}

/// About how wide a text is, in units of its size: Latin letters half as wide as high, Hangul and Han as wide.
pub fn text_width(text: &str) -> f64 {
    text.chars()
        .map(|c| match c {
            'i' | 'l' | 'j' | '.' | ',' | ':' | ' ' | '\u{202F}' => 0.32,
            '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{d7ff}' | '\u{f900}'..='\u{ffe6}' => 1.0,
            'A'..='Z' | 'm' | 'w' | '×' => 0.68,
            _ => 0.56,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_off_marks_and_each_other_and_inside() {
        let bounds = Area { left: 0.0, top: 0.0, right: 200.0, bottom: 100.0 };
        let mut board = Board::default();
        let marks = [(100.0, 50.0), (112.0, 50.0), (190.0, 8.0), (100.0, 62.0)];
        for (x, y) in marks {
            board.block(Area::around(x, y, 4.0));
        }
        let mut placed = Vec::new();
        for (x, y) in marks {
            if let Some((left, top)) = board.place((x, y), 4.0, (40.0, 10.0), &bounds) {
                placed.push(Area { left, top, right: left + 40.0, bottom: top + 10.0 });
            }
        }
        assert!(placed.len() >= 3);
        for (index, area) in placed.iter().enumerate() {
            assert!(bounds.holds(area));
            assert!(marks.iter().all(|(x, y)| !area.meets(&Area::around(*x, *y, 4.0))));
            assert!(placed[index + 1..].iter().all(|other| !area.meets(other)));
        }
    }

    #[test]
    fn a_full_board_leaves_labels_out() {
        let bounds = Area { left: 0.0, top: 0.0, right: 30.0, bottom: 30.0 };
        assert_eq!(Board::default().place((15.0, 15.0), 4.0, (40.0, 10.0), &bounds), None);
    }
}
