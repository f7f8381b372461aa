#pragma once

#include <string>

#include "tools/report/report_data.h"

namespace perilune::tools {

// The parts of the page, each an HTML fragment with heading and captions. What the run cannot show is said in
// a sentence instead.

std::string SummarySection(const ReportData& data);
std::string TrackSection(const ReportData& data);
std::string FramesSection(const ReportData& data);
std::string ErrorsSection(const ReportData& data);
std::string ConsistencySection(const ReportData& data);
std::string MatchingSection(const ReportData& data);
std::string HazardSection(const ReportData& data);
std::string EventsSection(const ReportData& data);

/// Indices into `fixes` of the images that the page shows: evenly spaced, each with a journal in frames/.
std::vector<std::size_t> ShownFrames(const ReportData& data);

/// <section> with a heading.
std::string Section(const std::string& id, const std::string& heading, const std::string& body);
std::string Note(const std::string& text);
std::string Figure(const std::string& content, const std::string& caption);

}  // namespace perilune::tools
