#pragma once

#include <string>

#include "tools/report/report_data.h"

namespace perilune::tools {

/// The whole page: one HTML document with its style, drawings and images inside, no script and nothing from
/// the network. Equal inputs give equal bytes. Throws dem::DataError.
std::string RenderReport(const ReportData& data);

}  // namespace perilune::tools
