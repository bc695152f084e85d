//! `--output table`: nested boxes. A list of maps has a column for each key. If that is wider than the
//! terminal, boxes with a single row are turned: they get a line for each key.

use std::collections::BTreeSet;

use hsmlab_jmespath::data::Data;

/// The columns around a cell's text: two spaces on each side, one of which becomes the border.
const PADDING: usize = 4;

/// The two borders of a box.
const BORDERS: usize = 2;

/// Prints a value under a title; prints nothing if Python treats the value as false.
///
/// # Errors
/// Python's message for a shape that cannot be printed as a table.
pub fn print(
    title: &str,
    value: &Data,
    columns: usize,
    color: bool,
    out: &mut String,
) -> Result<(), String> {
    let mut table = Table {
        sections: Vec::new(),
    };
    if table.add(Some(title), value, 0)? {
        table.render(columns, color, out);
    }
    Ok(())
}

#[derive(Default)]
struct Section {
    title: String,
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
    indent: usize,
    /// The number of columns, once the first row or header has set it.
    cells: Option<usize>,
    widths: Vec<usize>,
}

struct Table {
    sections: Vec<Section>,
}

impl Table {
    fn open(&mut self, title: &str, indent: usize) {
        self.sections.push(Section {
            title: title.to_owned(),
            indent,
            ..Section::default()
        });
    }

    fn row(&mut self, cells: Vec<String>) -> Result<(), String> {
        self.sections
            .last_mut()
            .map_or(Ok(()), |section| section.row(cells))
    }

    fn headers(&mut self, headers: &[&str]) -> Result<(), String> {
        let headers = headers.iter().map(|header| (*header).to_owned()).collect();
        self.sections
            .last_mut()
            .map_or(Ok(()), |section| section.set_headers(headers))
    }

    /// Adds a value. Without a title it is added to the current section. Returns `false` if there was
    /// nothing to add.
    fn add(&mut self, title: Option<&str>, value: &Data, indent: usize) -> Result<bool, String> {
        if !value.is_truthy() {
            return Ok(false);
        }
        if let Some(title) = title {
            self.open(title, indent);
        }
        match value {
            Data::List(items) => match items.first() {
                Some(Data::Map(_)) => self.maps(items, title, indent)?,
                _ => items.iter().try_for_each(|item| self.item(item))?,
            },
            Data::Map(_) => self.map(value, indent)?,
            _ => {}
        }
        Ok(true)
    }

    /// Adds an item of a list that does not begin with a map, as a row.
    fn item(&mut self, item: &Data) -> Result<(), String> {
        match item {
            Data::List(cells) if cells.iter().all(Data::is_scalar) => {
                self.row(cells.iter().map(Data::python_str).collect())
            }
            Data::List(_) => self.add(None, item, 0).map(|_| ()),
            Data::Map(members) => self.row(members.iter().map(|(n, _)| n.to_string()).collect()),
            scalar => self.row(vec![scalar.python_str()]),
        }
    }

    fn map(&mut self, value: &Data, indent: usize) -> Result<(), String> {
        let (headers, nested) = split_keys(value)?;
        let cell = |key: &str| value.get(key).unwrap_or(&Data::Null).python_str();
        match headers.as_slice() {
            [] => {}
            // A single scalar is printed next to its key.
            [only] => self.row(vec![(*only).to_owned(), cell(only)])?,
            headers => {
                self.headers(headers)?;
                self.row(headers.iter().map(|key| cell(key)).collect())?;
            }
        }
        for key in nested {
            self.add(Some(key), value.get(key).unwrap_or(&Data::Null), indent + 1)?;
        }
        Ok(())
    }

    fn maps(&mut self, items: &[Data], title: Option<&str>, indent: usize) -> Result<(), String> {
        let (mut headers, mut nested) = (BTreeSet::new(), BTreeSet::new());
        for item in items {
            let (own_headers, own_nested) = split_keys(item)?;
            headers.extend(own_headers);
            nested.extend(own_nested);
        }
        let headers: Vec<&str> = headers.into_iter().collect();
        self.headers(&headers)?;
        for (at, item) in items.iter().enumerate() {
            if at > 0 && !nested.is_empty() {
                self.open(title.unwrap_or_default(), indent);
                self.headers(&headers)?;
            }
            let cell = |key: &&str| item.get(key).map(Data::python_str).unwrap_or_default();
            self.row(headers.iter().map(cell).collect())?;
            for key in &nested {
                if let Some(value) = item.get(key) {
                    self.add(Some(key), value, indent + 1)?;
                }
            }
        }
        Ok(())
    }

    fn render(&mut self, columns: usize, color: bool, out: &mut String) {
        let mut width = self.width();
        if width > columns {
            self.sections.iter_mut().for_each(Section::turn_upright);
            width = self.width();
        }
        out.push_str(&"-".repeat(width));
        out.push('\n');
        for section in &self.sections {
            section.render(width - section.indent * 2, color, out);
        }
    }

    fn width(&self) -> usize {
        self.sections.iter().map(Section::width).max().unwrap_or(0)
    }
}

/// Returns the keys of a map's scalars and those of its lists and maps, each sorted. A value that is not
/// a map fails as Python's subscript does.
fn split_keys(value: &Data) -> Result<(Vec<&str>, Vec<&str>), String> {
    let members = match value {
        Data::Map(members) => members,
        Data::Text(text) if text.is_empty() => return Ok(Default::default()),
        Data::List(items) if items.is_empty() => return Ok(Default::default()),
        Data::Text(_) => return Err("string indices must be integers, not 'str'".into()),
        Data::List(items) => {
            let kind = items.first().map_or("str", Data::python_type);
            return Err(format!(
                "list indices must be integers or slices, not {kind}"
            ));
        }
        other => return Err(format!("'{}' object is not iterable", other.python_type())),
    };
    let keys_where = |is_scalar: bool| {
        let mut keys: Vec<&str> = members
            .iter()
            .filter(|(_, value)| value.is_scalar() == is_scalar)
            .map(|(name, _)| &**name)
            .collect();
        keys.sort_unstable();
        keys
    };
    Ok((keys_where(true), keys_where(false)))
}

impl Section {
    fn row(&mut self, cells: Vec<String>) -> Result<(), String> {
        let wanted = *self.cells.get_or_insert(cells.len());
        if cells.len() != wanted {
            let given = cells.len();
            return Err(format!(
                "Row should have {wanted} elements, instead it has {given}"
            ));
        }
        self.widen(&cells)?;
        self.rows.push(cells);
        Ok(())
    }

    fn set_headers(&mut self, headers: Vec<String>) -> Result<(), String> {
        self.widen(&headers)?;
        self.cells.get_or_insert(headers.len());
        self.headers = headers;
        Ok(())
    }

    fn widen(&mut self, cells: &[String]) -> Result<(), String> {
        if self.widths.is_empty() {
            self.widths = cells.iter().map(|cell| text_width(cell)).collect();
            return Ok(());
        }
        for (at, cell) in cells.iter().enumerate() {
            let width = self.widths.get_mut(at).ok_or("list index out of range")?;
            *width = text_width(cell).max(*width);
        }
        Ok(())
    }

    /// Turns a single row with headers into two columns: header and value.
    fn turn_upright(&mut self) {
        if self.headers.is_empty() {
            return;
        }
        let [row] = self.rows.as_mut_slice() else {
            return;
        };
        let mut upright = Self {
            title: self.title.clone(),
            indent: self.indent,
            ..Self::default()
        };
        for (header, cell) in std::mem::take(&mut self.headers)
            .into_iter()
            .zip(row.drain(..))
        {
            // Two cells in each row: this cannot fail.
            let _ = upright.row(vec![header, cell]);
        }
        *self = upright;
    }

    fn width(&self) -> usize {
        let indents = self.indent * 2;
        let cells: usize = self.widths.iter().map(|width| width + PADDING).sum();
        (text_width(&self.title) + BORDERS + indents).max(cells + BORDERS + indents)
    }

    fn render(&self, width: usize, color: bool, out: &mut String) {
        let mut lines = Vec::new();
        if !self.title.is_empty() {
            lines.push(centered(&self.title, width, "|"));
            if self.headers.is_empty() && self.rows.is_empty() {
                lines.push(format!("+{}+", "-".repeat(width.saturating_sub(2))));
            }
        }
        let widths = scaled(&self.widths, width);
        if !self.headers.is_empty() {
            lines.push(rule(&widths));
            let cells = self.headers.iter().zip(&widths).enumerate();
            let edge = |at| if at == 0 { "|" } else { "" };
            lines.push(
                cells
                    .map(|(at, (cell, width))| centered(cell, *width, edge(at)))
                    .collect(),
            );
        }
        if !self.rows.is_empty() && !widths.is_empty() {
            lines.push(rule(&widths));
            for row in &self.rows {
                let cells = row.iter().zip(&widths).enumerate();
                let edge = |at| if at == 0 { "|" } else { "" };
                lines.push(
                    cells
                        .map(|(at, (cell, width))| left(cell, *width, edge(at), color))
                        .collect(),
                );
            }
            lines.push(rule(&widths));
        }
        let bar = if color {
            "\u{1b}[2m\u{1b}[33m|\u{1b}[0m"
        } else {
            "|"
        }
        .repeat(self.indent);
        for line in lines {
            out.push_str(&format!("{bar}{line}{bar}\n"));
        }
    }
}

/// Scales the widths of the columns so that they fill `total`. A rounding deficit is added from the
/// right, a surplus is subtracted from the left.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "widths are small and positive"
)]
fn scaled(widths: &[usize], total: usize) -> Vec<usize> {
    let natural: Vec<usize> = widths.iter().map(|width| width + PADDING).collect();
    let sum: usize = natural.iter().sum();
    if sum == 0 {
        return natural;
    }
    let factor = total as f64 / sum as f64;
    let mut scaled: Vec<usize> = natural
        .iter()
        .map(|width| (factor * *width as f64).round_ties_even() as usize)
        .collect();
    let mut filled: usize = scaled.iter().sum();
    while filled < total {
        for width in scaled.iter_mut().rev().take(total - filled) {
            *width += 1;
            filled += 1;
        }
    }
    while filled > total && scaled.iter().any(|width| *width > 0) {
        for width in scaled.iter_mut().take(filled - total) {
            filled -= usize::from(*width > 0);
            *width = width.saturating_sub(1);
        }
    }
    scaled
}

fn rule(widths: &[usize]) -> String {
    let parts = widths.iter().enumerate().map(|(at, width)| match at {
        0 => format!("+{}+", "-".repeat(width.saturating_sub(2))),
        _ => format!("{}+", "-".repeat(width.saturating_sub(1))),
    });
    parts.collect()
}

fn centered(text: &str, width: usize, left_edge: &str) -> String {
    let text_columns = text_width(text);
    let before = (width / 2)
        .saturating_sub(text_columns / 2)
        .saturating_sub(1);
    let used = left_edge.len() + before + text_columns;
    let after = width.saturating_sub(1).saturating_sub(used);
    format!(
        "{left_edge}{}{text}{}|",
        " ".repeat(before),
        " ".repeat(after)
    )
}

fn left(text: &str, width: usize, left_edge: &str, color: bool) -> String {
    let text_columns = text_width(text);
    let edges = left_edge.len() + 1;
    let padding = if text_columns + 2 + edges <= width {
        2
    } else {
        0
    };
    let used = edges + padding + text_columns;
    let (before, after) = (" ".repeat(padding), " ".repeat(width.saturating_sub(used)));
    if color {
        format!("{left_edge}{before}\u{1b}[1m\u{1b}[34m{text}\u{1b}[0m{after}|")
    } else {
        format!("{left_edge}{before}{text}{after}|")
    }
}

/// The width of a text in columns. The CLI counts every full-width, wide and ambiguous character
/// (Unicode's East Asian Width) twice and all others once, including line ends and combining marks.
fn text_width(text: &str) -> usize {
    text.chars()
        .map(|c| 1 + usize::from(width::is_double(c)))
        .sum()
}

mod width;
