//! A label as a picture: PNG (ISO/IEC 15948), one bit to a dot, in the size it is printed.

use super::error::LabelError;
use super::fields::Fields;
use super::layout::lay_out;
use super::length::Dpi;
use super::raster::Raster;
use super::template::Template;

/// The label as a picture, dot for dot as a printer of this resolution would print it.
pub fn png(
    template: &Template,
    fields: &Fields,
    dpi: Dpi,
    copy: bool,
) -> Result<Vec<u8>, LabelError> {
    let raster = Raster::of(&lay_out(template, fields, dpi, copy)?);
    let mut out = Vec::new();
    write(&raster, dpi, &mut out).map_err(|error| LabelError::Unwritten(error.to_string()))?;
    Ok(out)
}

fn write(raster: &Raster, dpi: Dpi, out: &mut Vec<u8>) -> Result<(), ::png::EncodingError> {
    let mut encoder = ::png::Encoder::new(out, raster.width, raster.height);
    encoder.set_color(::png::ColorType::Grayscale);
    encoder.set_depth(::png::BitDepth::One);
    let per_metre = u32::from(dpi.number()) * 10_000 / 254;
    encoder.set_pixel_dims(Some(::png::PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: ::png::Unit::Meter,
    }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&raster.white_bits())?;
    writer.finish()
}
