#include <cstdlib>
#include <stdexcept>

#include "datasets/formats/ros2_images.h"
#include "datasets/formats/ros2_messages.h"
#include "datasets/formats/ros2_poses.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using namespace perilune::datasets;

/// What was decoded says the same when it is encoded again.
template <typename Message>
Message RoundTripped(std::string_view cdr) {
  const Message message = DecodeRos2<Message>(cdr);
  const std::string again = EncodeRos2(message);
  if (EncodeRos2(DecodeRos2<Message>(again)) != again) std::abort();
  return message;
}

}  // namespace

// The first character is the type of the message.
PERILUNE_FUZZ_TARGET(cdr) {
  const unsigned choice = perilune::test::TakeChoice(bytes, 6);
  try {
    switch (choice) {
      case 0:
        PixelsFromRos(RoundTripped<RosImage>(bytes));
        break;
      case 1:
        CameraFromRos(RoundTripped<RosCameraInfo>(bytes));
        break;
      case 2:
        RoundTripped<RosImu>(bytes);
        break;
      case 3:
        RoundTripped<RosRange>(bytes);
        break;
      case 4:
        PoseFromRos(RoundTripped<RosPoseWithCovarianceStamped>(bytes).pose);
        break;
      default:
        RoundTripped<RosOccupancyGrid>(bytes);
        break;
    }
  } catch (const std::invalid_argument&) {
  }
}
