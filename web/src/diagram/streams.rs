//! The traffic on the diagram: from the hosts with running programs to each busy HSM.

use super::flow::path;
use super::shape::{CardKind, Scene, Tone};

/// The traffic to one HSM.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// The HSM.
    pub hsm: String,
    /// The corners of its paths; each ends at the HSM.
    pub ways: Vec<Vec<(f64, f64)>>,
}

/// The streams to the HSMs of `busy`, from the instances of `hosts`. If no host is known, only the line
/// from the interface to the HSM is drawn.
#[must_use]
pub fn streams(scene: &Scene, busy: &[String], hosts: &[String]) -> Vec<Stream> {
    let instances = scene
        .cards
        .iter()
        .filter(|card| card.kind == CardKind::Instance && hosts.contains(&card.id));
    let from: Vec<_> = instances.map(|card| card.rect).collect();
    // An HSM that is lost now has no traffic, whatever it did a moment ago.
    let works = |id: &String| {
        let card = scene.cards.iter().find(|card| card.id == *id);
        let status = card.and_then(|card| card.status.as_ref());
        busy.contains(id) && status.is_none_or(|status| status.tone != Tone::Bad)
    };
    let wires = scene.wires.iter().filter(|wire| works(&wire.hsm));
    wires
        .map(|wire| {
            let tail = [wire.to, wire.from];
            let eni = scene.card(&wire.interface).map(|card| card.rect);
            let mut ways: Vec<_> = (from.iter().zip(eni.iter().cycle()))
                .map(|(from, eni)| {
                    let mut points = path(from, eni);
                    points.extend(tail);
                    points
                })
                .collect();
            if ways.is_empty() {
                ways.push(tail.to_vec());
            }
            let hsm = wire.hsm.clone();
            Stream { hsm, ways }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagram::{Axis, layout, sample};

    #[test]
    fn a_stream_goes_from_the_instance_to_each_busy_hsm() {
        for axis in [Axis::Columns, Axis::Rows] {
            let scene = layout(&sample(2, 1, 2), axis);
            let busy = ["hsm-a0", "hsm-b0"].map(str::to_owned);
            let hosts = ["i-clienta0".to_owned(), "cloudshell".to_owned()];
            let all = streams(&scene, &busy, &hosts);
            assert_eq!(all.len(), 2);
            for stream in &all {
                let wire = scene.wires.iter().find(|wire| wire.hsm == stream.hsm);
                assert_eq!(stream.ways.len(), 1);
                assert!(stream.ways[0].len() > 2);
                assert_eq!(stream.ways[0].last(), wire.map(|wire| &wire.from));
            }
            let mut struck = scene.clone();
            for card in &mut struck.cards {
                if let Some(status) = card.status.as_mut().filter(|_| card.id == "hsm-a0") {
                    status.tone = Tone::Bad;
                }
            }
            assert_eq!(streams(&struck, &busy, &hosts).len(), 1);
            let unknown = streams(&scene, &busy[..1], &[]);
            assert_eq!(unknown.len(), 1);
            assert_eq!(unknown[0].ways[0].len(), 2);
        }
    }
}
