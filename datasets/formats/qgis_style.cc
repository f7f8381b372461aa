#include "datasets/formats/qgis_style.h"

#include <cstdio>

#include "datasets/formats/markup_text.h"

namespace perilune::datasets {
namespace {

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

std::string Colour(const QgisEntry& entry) {
  char text[16];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", static_cast<unsigned>(entry.red),
                static_cast<unsigned>(entry.green), static_cast<unsigned>(entry.blue));
  return text;
}

std::string Attributes(const QgisEntry& entry) {
  return "value=\"" + Number(entry.value) + "\" color=\"" + Colour(entry) + "\" label=\"" +
         EscapeMarkup(entry.label) + "\" alpha=\"255\"/>\n";
}

std::string Document(const std::string& renderer) {
  return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
         "<qgis version=\"3.22\" styleCategories=\"Symbology\">\n"
         " <pipe>\n" +
         renderer +
         "  <brightnesscontrast brightness=\"0\" contrast=\"0\"/>\n"
         "  <huesaturation saturation=\"0\" grayscaleMode=\"0\" colorizeOn=\"0\"/>\n"
         "  <rasterresampler maxOversampling=\"2\"/>\n"
         " </pipe>\n"
         " <blendMode>0</blendMode>\n"
         "</qgis>\n";
}

}  // namespace

std::string QgisPaletteStyle(const std::vector<QgisEntry>& classes) {
  std::string renderer =
      "  <rasterrenderer type=\"paletted\" band=\"1\" opacity=\"1\" alphaBand=\"-1\">\n"
      "   <colorPalette>\n";
  for (const QgisEntry& entry : classes) renderer += "    <paletteEntry " + Attributes(entry);
  return Document(renderer + "   </colorPalette>\n  </rasterrenderer>\n");
}

std::string QgisRampStyle(const std::vector<QgisEntry>& ramp) {
  const std::string least = Number(ramp.front().value), most = Number(ramp.back().value);
  const std::string range = "classificationMin=\"" + least + "\" classificationMax=\"" + most + "\"";
  std::string renderer =
      "  <rasterrenderer type=\"singlebandpseudocolor\" band=\"1\" opacity=\"1\" alphaBand=\"-1\" " + range +
      ">\n   <rastershader>\n"
      "    <colorrampshader colorRampType=\"INTERPOLATED\" classificationMode=\"1\" clip=\"0\" "
      "minimumValue=\"" +
      least + "\" maximumValue=\"" + most + "\">\n";
  for (const QgisEntry& entry : ramp) renderer += "     <item " + Attributes(entry);
  return Document(renderer + "    </colorrampshader>\n   </rastershader>\n  </rasterrenderer>\n");
}

}  // namespace perilune::datasets
