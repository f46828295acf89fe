//! The ratios as a chart.

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use crate::contestants::Who;
use crate::table::{Row, figure};

const WIDTH: u32 = 1100;
/// For each work.
const HEIGHT: u32 = 66;
const MARGIN: u32 = 110;
const LEGEND: i32 = 54;

const SHOWN: [(Who, RGBColor); 4] = [
    (Who::Sdk, RGBColor(31, 119, 180)),
    (Who::ByHand, RGBColor(140, 140, 140)),
    (Who::Official, RGBColor(255, 127, 14)),
    (Who::Tapipy, RGBColor(44, 160, 44)),
];

/// A bar for each contestant and work: how many times as much as the one that is compared with.
pub(crate) fn draw(rows: &[&Row]) -> Result<String> {
    let rows: Vec<&Row> = rows.iter().copied().filter(|row| !ratios(row).is_empty()).collect();
    let all: Vec<f64> =
        rows.iter().flat_map(|row| ratios(row)).map(|(_, _, ratio)| ratio).collect();
    let most = all.iter().copied().fold(2.0, f64::max) * 1.6;
    let least = all.iter().copied().fold(0.5, f64::min) / 1.2;
    let mut svg = String::new();
    {
        let height = MARGIN + HEIGHT * u32::try_from(rows.len())?;
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        render(&area, &rows, least..most).map_err(|error| anyhow!("{error}"))?;
    }
    Ok(svg)
}

fn ratios(row: &Row) -> Vec<(Who, RGBColor, f64)> {
    let shown = SHOWN.iter().filter(|(who, _)| *who != row.against);
    shown
        .filter_map(|(who, colour)| {
            let ratio = row.ratio(*who, row.against)?;
            (ratio.is_finite() && ratio > 0.0).then_some((*who, *colour, ratio))
        })
        .collect()
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn render(
    area: &Area<'_>,
    rows: &[&Row],
    range: std::ops::Range<f64>,
) -> Result<(), Box<dyn std::error::Error>> {
    area.fill(&WHITE)?;
    let font = |size: u32| ("sans-serif", size).into_font();
    area.draw(&Text::new(
        "Ratio to reqwest by hand, or to whom the label names (logarithmic)",
        (14, 10),
        font(17),
    ))?;
    for (at, (who, colour)) in SHOWN.iter().enumerate() {
        let x = 14 + 190 * i32::try_from(at)?;
        area.draw(&Rectangle::new([(x, LEGEND - 18), (x + 14, LEGEND - 4)], colour.filled()))?;
        area.draw(&Text::new(who.name(), (x + 20, LEGEND - 20), font(15)))?;
    }
    let top = u32::try_from(LEGEND)?;
    let (_, below) = area.split_vertically(top);
    let works = f64::from(u32::try_from(rows.len())?);
    let mut chart = ChartBuilder::on(&below)
        .margin(12)
        .x_label_area_size(30)
        .y_label_area_size(0)
        .build_cartesian_2d(range.log_scale(), 0.0..works)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_label_formatter(&|ratio| figure(*ratio))
        .draw()?;
    for (at, row) in rows.iter().enumerate() {
        // The first work is at the top.
        let top = works - f64::from(u32::try_from(at)?);
        let label = match row.against {
            Who::ByHand => row.work.clone(),
            other => format!("{} (to {})", row.work, other.name()),
        };
        let left = chart.plotting_area().get_x_range().start;
        chart.draw_series([Text::new(label, (left, top - 0.02), font(13))])?;
        for (nth, (_, colour, ratio)) in ratios(row).into_iter().enumerate() {
            let upper = top - 0.30 - 0.22 * f64::from(u32::try_from(nth)?);
            let bar = Rectangle::new([(1.0, upper), (ratio, upper - 0.18)], colour.filled());
            let told = Text::new(figure(ratio), (ratio.max(1.0) * 1.02, upper), font(12));
            chart.draw_series([bar])?;
            chart.draw_series([told])?;
        }
    }
    chart.draw_series([PathElement::new([(1.0, 0.0), (1.0, works)], BLACK.stroke_width(1))])?;
    area.present()?;
    Ok(())
}
