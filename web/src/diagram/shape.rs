//! The parts of a scene. Units are SVG units: one pixel at a scale of one.

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Rect {
    /// The right edge.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    /// The bottom edge.
    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// The horizontal middle.
    #[must_use]
    pub fn mid_x(&self) -> f64 {
        self.x + self.w / 2.0
    }

    /// The vertical middle.
    #[must_use]
    pub fn mid_y(&self) -> f64 {
        self.y + self.h / 2.0
    }

    /// Returns the rectangle grown by `by` on each side.
    #[must_use]
    pub fn grown(&self, by: f64) -> Self {
        Self {
            x: self.x - by,
            y: self.y - by,
            w: self.w + 2.0 * by,
            h: self.h + 2.0 * by,
        }
    }

    /// Returns the smallest rectangle that contains both.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let (right, bottom) = (
            self.right().max(other.right()),
            self.bottom().max(other.bottom()),
        );
        Self {
            x,
            y,
            w: right - x,
            h: bottom - y,
        }
    }

    /// True if the two share any area.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }

    /// True if `other` is inside this one.
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        self.x <= other.x
            && self.y <= other.y
            && self.right() >= other.right()
            && self.bottom() >= other.bottom()
    }
}

/// The tone of a state, shown as its colour. The glyph and the words say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Working.
    Good,
    /// In progress, or not started.
    Waiting,
    /// Refused or lost.
    Bad,
    /// Neutral.
    Quiet,
}

/// A state in three forms: tone, glyph and words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its colour.
    pub tone: Tone,
    /// Its glyph.
    pub glyph: char,
    /// Its words.
    pub text: String,
}

/// The kind of part that a card shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardKind {
    /// A cluster.
    Cluster,
    /// An HSM.
    Hsm,
    /// HSMs without their own cards.
    Stack,
    /// A network interface.
    Interface,
    /// An instance.
    Instance,
}

/// A part that can be inspected.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Its id.
    pub id: String,
    /// Its interface's id, if it has one.
    pub interface: Option<String>,
    /// Its kind.
    pub kind: CardKind,
    /// Its place.
    pub rect: Rect,
    /// Its first line.
    pub title: String,
    /// Its second line, in monospace.
    pub detail: String,
    /// Its state.
    pub status: Option<Status>,
    /// The text for a screen reader.
    pub name: String,
}

/// A VPC, AWS's own or the learner's.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// The VPC's id; empty for AWS's own.
    pub id: String,
    /// Its place.
    pub rect: Rect,
    /// Its name.
    pub title: String,
    /// Its address range, or a remark.
    pub detail: String,
    /// True if it is the learner's.
    pub yours: bool,
}

/// A subnet.
#[derive(Clone, Debug, PartialEq)]
pub struct SubnetBox {
    /// Its id.
    pub id: String,
    /// Its place.
    pub rect: Rect,
    /// Its name and range.
    pub title: String,
    /// The text for a screen reader.
    pub name: String,
}

/// A line of text that belongs to no part.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Left.
    pub x: f64,
    /// Baseline.
    pub y: f64,
    /// The text.
    pub text: String,
}

/// A zone's name and condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Left.
    pub x: f64,
    /// Baseline.
    pub y: f64,
    /// Its name.
    pub text: String,
    /// The text for a screen reader.
    pub name: String,
    /// Its state, if it is unusual.
    pub status: Option<Status>,
}

/// An empty place.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// Its place.
    pub rect: Rect,
    /// The text, which says what is missing.
    pub text: String,
}

/// A line between an HSM and its interface.
#[derive(Clone, Debug, PartialEq)]
pub struct Wire {
    /// The HSM.
    pub hsm: String,
    /// The interface.
    pub interface: String,
    /// The start.
    pub from: (f64, f64),
    /// The end.
    pub to: (f64, f64),
}

/// A security group around its members.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// The group's id.
    pub id: String,
    /// One rectangle per tier of subnets.
    pub rects: Vec<Rect>,
    /// Its label, at the first rectangle.
    pub label: Label,
    /// The text for a screen reader.
    pub name: String,
}

/// An internet gateway on the edge of its VPC.
#[derive(Clone, Debug, PartialEq)]
pub struct Gateway {
    /// Its id.
    pub id: String,
    /// Its VPC's id.
    pub vpc: String,
    /// Its place.
    pub rect: Rect,
}

/// A whole drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// VPCs, AWS's own first.
    pub bands: Vec<Band>,
    /// Lines between zones.
    pub borders: Vec<((f64, f64), (f64, f64))>,
    /// The zones' names.
    pub zones: Vec<Zone>,
    /// The areas of the zones, by name.
    pub areas: Vec<(String, Rect)>,
    /// The areas of the lost zones.
    pub lost: Vec<Rect>,
    /// Subnets.
    pub subnets: Vec<SubnetBox>,
    /// Cards, in reading order.
    pub cards: Vec<Card>,
    /// Empty places.
    pub slots: Vec<Slot>,
    /// Lines from HSMs to their interfaces.
    pub wires: Vec<Wire>,
    /// Security groups.
    pub outlines: Vec<Outline>,
    /// Internet gateways.
    pub gateways: Vec<Gateway>,
    /// The Internet, if anything connects to it.
    pub internet: Option<Rect>,
}

impl Scene {
    /// Finds the card of a part, by its own id or its interface's.
    #[must_use]
    pub fn card(&self, id: &str) -> Option<&Card> {
        let own =
            |card: &&Card| card.interface.as_deref() == Some(id) && card.kind != CardKind::Hsm;
        self.cards
            .iter()
            .find(own)
            .or_else(|| self.cards.iter().find(|card| card.id == id))
    }
}
