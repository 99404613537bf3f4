//! The map of the bridge as a picture: callers on the left, plugins with their endpoints on the
//! right, a line for everybody who has called.

use std::{collections::BTreeMap, fmt::Write as _};

use wasmoat_runtime::{BreakerState, BridgeMap, MapEdge};

const MARGIN: usize = 24;
const ROW: usize = 26;
const CALLERS_X: usize = MARGIN;
const TARGETS_X: usize = 560;
const BOX: usize = 300;
const WIDTH: usize = TARGETS_X + BOX + MARGIN;

/// Longest text in a box.
const LETTERS: usize = 40;

const STYLE: &str = "text{font:13px sans-serif;fill:#1b1d22}.head{font-weight:bold}\
    .box{fill:#f3f4f6;stroke:#c4c8d0}.plugin{fill:#dde6f7;stroke:#8aa3cf}\
    .closed{stroke:#3d8b5f}.half{stroke:#c98a1b}.open{stroke:#c0392b;stroke-dasharray:6 4}\
    path{fill:none;stroke-width:2}.note{font-size:11px;fill:#5d6470}";

/// Where things are, top to bottom.
struct Layout<'a> {
    callers: BTreeMap<&'a str, usize>,
    plugins: Vec<(&'a str, &'static str, usize)>,
    endpoints: BTreeMap<(&'a str, &'a str), usize>,
    height: usize,
}

impl<'a> Layout<'a> {
    fn of(map: &'a BridgeMap) -> Self {
        let mut names: BTreeMap<&str, usize> = map.edges.iter().map(|edge| (edge.source.as_str(), 0)).collect();
        for (row, y) in names.values_mut().enumerate() {
            *y = MARGIN + ROW * 2 + row * ROW * 2;
        }
        let (mut plugins, mut endpoints) = (Vec::new(), BTreeMap::new());
        let mut y = MARGIN + ROW;
        for plugin in &map.plugins {
            plugins.push((&*plugin.id, plugin.form, y));
            let declared = plugin.endpoints.iter().map(|endpoint| endpoint.path.as_str());
            let called = map.edges.iter().filter(|edge| edge.target == plugin.id).map(|edge| &*edge.endpoint);
            let mut rows: Vec<&str> = declared.chain(called).collect();
            rows.sort_unstable();
            rows.dedup();
            for row in rows {
                y += ROW;
                endpoints.insert((&*plugin.id, row), y);
            }
            y += ROW * 2;
        }
        let left = names.values().max().map_or(0, |y| y + ROW * 2);
        Self { callers: names, plugins, endpoints, height: y.max(left) + MARGIN }
    }
}

/// Draws the map.
pub(super) fn draw(map: &BridgeMap) -> String {
    let layout = Layout::of(map);
    let mut svg = String::new();
    // Writing to a text does not fail.
    let _ = write(&mut svg, map, &layout);
    svg
}

fn write(svg: &mut String, map: &BridgeMap, layout: &Layout<'_>) -> std::fmt::Result {
    let height = layout.height;
    writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\">"
    )?;
    writeln!(svg, "<title>Bridge of plugins</title><style>{STYLE}</style>")?;
    text(svg, CALLERS_X, MARGIN, "head", "Callers")?;
    text(svg, TARGETS_X, MARGIN, "head", "Plugins and their endpoints")?;
    for edge in &map.edges {
        line(svg, edge, layout)?;
    }
    for (name, y) in &layout.callers {
        boxed(svg, (CALLERS_X, *y), "plugin", name)?;
    }
    for (name, form, y) in &layout.plugins {
        boxed(svg, (TARGETS_X, *y), "plugin", &format!("{name} ({form})"))?;
    }
    for ((_, endpoint), y) in &layout.endpoints {
        boxed(svg, (TARGETS_X, *y), "box", endpoint)?;
    }
    writeln!(svg, "</svg>")
}

fn line(svg: &mut String, edge: &MapEdge, layout: &Layout<'_>) -> std::fmt::Result {
    let from = layout.callers.get(&*edge.source);
    let to = layout.endpoints.get(&(&*edge.target, &*edge.endpoint));
    let (Some(from), Some(to)) = (from, to) else { return Ok(()) };
    let (class, state) = match edge.breaker {
        BreakerState::Closed => ("closed", ""),
        BreakerState::HalfOpen => ("half", ", half open"),
        BreakerState::Open => ("open", ", open"),
    };
    let (x1, x2) = (CALLERS_X + BOX, TARGETS_X);
    let (y1, y2, middle) = (from + ROW / 2, to + ROW / 2, x1.midpoint(x2));
    writeln!(svg, "<path class=\"{class}\" d=\"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}\"/>")?;
    let note = format!("{} calls, {} errors{state}", edge.calls, edge.errors);
    text(svg, middle - 30, y2 - 4, "note", &note)
}

fn boxed(svg: &mut String, (x, y): (usize, usize), class: &str, name: &str) -> std::fmt::Result {
    let height = ROW - 4;
    writeln!(svg, "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{BOX}\" height=\"{height}\" rx=\"4\"/>")?;
    text(svg, x + 8, y + ROW - 10, "", name)
}

fn text(svg: &mut String, x: usize, y: usize, class: &str, text: &str) -> std::fmt::Result {
    writeln!(svg, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(text))
}

/// A text of a plugin as text, whatever is in it.
fn escaped(text: &str) -> String {
    let is_long = text.chars().count() > LETTERS;
    let mut written = String::new();
    for letter in text.chars().take(LETTERS) {
        match letter {
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '&' => written.push_str("&amp;"),
            '"' => written.push_str("&quot;"),
            letter if letter.is_control() => written.push('\u{fffd}'),
            letter => written.push(letter),
        }
    }
    if is_long {
        written.push('…');
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmoat_runtime::{MapEndpoint, MapPlugin};

    fn map() -> BridgeMap {
        let endpoint = MapEndpoint {
            path: "/v1/<script>".into(),
            version: String::new(),
            description: String::new(),
            callers: ["*".to_owned()].into(),
        };
        let plugin = |id: &str, endpoints| MapPlugin { id: id.into(), form: "direct", endpoints, may_call: [].into() };
        let edge = |endpoint: &str, breaker| MapEdge {
            source: "digest".into(),
            target: "agents".into(),
            endpoint: endpoint.into(),
            calls: 7,
            errors: 2,
            breaker,
        };
        BridgeMap {
            plugins: vec![plugin("agents", vec![endpoint]), plugin("digest", Vec::new())],
            edges: vec![edge("/v1/<script>", BreakerState::Open), edge("/other", BreakerState::Closed)],
        }
    }

    #[test]
    fn everybody_is_in_the_picture_and_what_goes_wrong_is_seen() {
        let picture = draw(&map());
        for part in
            ["agents (direct)", "digest", "/other", "7 calls, 2 errors, open", "class=\"open\"", "class=\"closed\""]
        {
            assert!(picture.contains(part), "{part}: {picture}");
        }
    }

    #[test]
    fn a_plugins_text_stays_a_text() {
        let picture = draw(&map());
        assert!(picture.contains("/v1/&lt;script&gt;") && !picture.contains("<script>"), "{picture}");
        assert!(escaped(&"x".repeat(100)).ends_with('…'));
    }

    #[test]
    fn an_empty_map_is_a_picture_too() {
        assert!(draw(&BridgeMap::default()).ends_with("</svg>\n"));
    }
}
