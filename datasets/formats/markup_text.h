#pragma once

#include <string>

namespace perilune::datasets {

/// Text as it may stand in XML or HTML, between tags or in a quoted attribute.
std::string EscapeMarkup(const std::string& text);

}  // namespace perilune::datasets
