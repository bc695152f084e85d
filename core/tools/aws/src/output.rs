//! The output formats of the `aws` command: one module a format.

use hsmlab_jmespath::json;
pub mod table;
pub mod text;
pub mod time;
pub mod yaml;

use super::globals::Output;
use hsmlab_jmespath::data::Data;
use hsmlab_jmespath::query::Query;

/// The settings for printing an answer.
#[derive(Clone, Debug)]
pub struct Style {
    /// The format.
    pub format: Output,
    /// The query of `--query`.
    pub query: Option<Query>,
    /// The width of the terminal in columns; a wider table prints its rows as columns.
    pub columns: usize,
    /// True if tables are coloured: on a terminal, or with `--color on`.
    pub color: bool,
}

/// The most values that an answer may have after `--query`: an expression can double its input
/// repeatedly. Python runs out of memory then; its error has no text.
const VALUES_MAX: usize = 2_000_000;

impl Style {
    /// Prints one whole answer under the operation's name (a table's title) and appends it to `out`. An
    /// answer without members prints nothing.
    ///
    /// # Errors
    /// The message of a failure (exit status 255): an error of `--query`, or a shape that the format
    /// cannot print. Earlier output is kept.
    pub fn print(&self, operation: &str, answer: &Data, out: &mut String) -> Result<(), String> {
        if self.format == Output::Off {
            return Ok(());
        }
        let picked = match &self.query {
            Some(query) => query.search(answer)?,
            None => answer.clone(),
        };
        if picked.count_up_to(VALUES_MAX).is_none() {
            return Err(String::new());
        }
        match self.format {
            Output::Off => Ok(()),
            Output::Text => text::print(&picked, out),
            Output::Table => table::print(operation, &picked, self.columns, self.color, out),
            _ if picked.is_empty_map() => Ok(()),
            Output::Json => json::print(&picked, out),
            Output::Yaml => yaml::print(&picked, out),
            Output::YamlStream => yaml::print(&Data::list(vec![picked]), out),
        }
    }

    /// Prints one page of several, like [`Style::print`]; but a page of a YAML stream is printed even if
    /// it is empty.
    ///
    /// # Errors
    /// Those of [`Style::print`].
    pub fn print_page(&self, operation: &str, page: &Data, out: &mut String) -> Result<(), String> {
        if self.format != Output::YamlStream {
            return self.print(operation, page, out);
        }
        let picked = match &self.query {
            Some(query) => query.search(page)?,
            None => page.clone(),
        };
        if picked.count_up_to(VALUES_MAX).is_none() {
            return Err(String::new());
        }
        yaml::print(&Data::list(vec![picked]), out)
    }
}

#[cfg(test)]
mod tests;
