#include "vision/render/view_geometry.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "dem/frames/site.h"
#include "dem/synthesis/random.h"
#include "tests/support/height_field.h"
#include "tests/support/looks.h"
#include "tests/support/same_bytes.h"

namespace perilune::vision {
namespace {

/// At `position`, the boresight `tilt_deg` from the nadir towards the east, the image's lower edge south.
Eigen::Isometry3d LookEast(double tilt_deg, const Eigen::Vector3d& position) {
  const double t = dem::DegToRad(tilt_deg);
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear().col(0) = Eigen::Vector3d(std::cos(t), 0, std::sin(t));
  pose.linear().col(1) = -Eigen::Vector3d::UnitY();
  pose.linear().col(2) = Eigen::Vector3d(std::sin(t), 0, -std::cos(t));
  pose.translation() = position;
  return pose;
}

struct Seen {
  View view;
  ViewGeometry geometry;
};

Seen See(const dem::Terrain& terrain, const Camera& camera, const Eigen::Isometry3d& pose,
         const dem::Sun& sun) {
  View view = RenderView(terrain, camera, pose, sun);
  ViewGeometry geometry = GeometryOf(view, terrain);
  return {std::move(view), std::move(geometry)};
}

Eigen::Vector3d Vector(const cv::Mat& image, int row, int col) {
  const cv::Vec3d v = image.at<cv::Vec3d>(row, col);
  return {v[0], v[1], v[2]};
}

// A plane from the nadir, Sun 30° up in the east: on the axis incidence 60°, emission 0°, phase 60°. Off it
// by α to the east the camera stands α west of the zenith: emission α, phase 60° + α.
TEST(ViewGeometry, PlaneFromTheNadir) {
  const Camera camera = PinholeCamera(21, dem::DegToRad(60));
  const Seen seen = See(test::TerrainOf(test::FlatGround, 1000, 5), camera, LookEast(0, {30, -20, 700}),
                        test::SunAt(30, 90));
  const ViewGeometry& g = seen.geometry;
  EXPECT_NEAR(g.incidence_rad.at<double>(10, 10), dem::DegToRad(60), 1e-12);
  EXPECT_NEAR(g.emission_rad.at<double>(10, 10), 0, 1e-12);
  EXPECT_NEAR(g.phase_rad.at<double>(10, 10), dem::DegToRad(60), 1e-12);
  EXPECT_LT((Vector(g.point_in_site_m, 10, 10) - Eigen::Vector3d(30, -20, 0)).norm(), 1e-9);
  EXPECT_LT((Vector(g.normal_in_site, 10, 10) - Eigen::Vector3d::UnitZ()).norm(), 1e-12);
  for (int col = 0; col < 21; ++col) {
    const double east_rad = std::atan((col - 10) / camera.fx_px);
    EXPECT_NEAR(g.incidence_rad.at<double>(10, col), dem::DegToRad(60), 1e-12);
    EXPECT_NEAR(g.emission_rad.at<double>(10, col), std::abs(east_rad), 1e-12);
    EXPECT_NEAR(g.phase_rad.at<double>(10, col), dem::DegToRad(60) + east_rad, 1e-12);
    EXPECT_NEAR(Vector(g.point_in_site_m, 10, col).x(), 30 + 700 * std::tan(east_rad), 1e-8);
    EXPECT_EQ(g.lit_fraction.at<float>(10, col), 1);
  }
}

// The same plane 45° off nadir towards the east: the axis meets it 700 m ahead at an emission of 45°; the
// Sun, 30° up in the east, is before the camera: phase 60° + 45°. Sun 30° up in the west: phase 60° − 45°.
TEST(ViewGeometry, PlaneFromFortyFiveDegrees) {
  const Camera camera = PinholeCamera(21, dem::DegToRad(20));
  const dem::Terrain plane = test::TerrainOf(test::FlatGround, 2000, 5);
  for (const auto& [azimuth_deg, phase_deg] : {std::pair{90.0, 105.0}, std::pair{270.0, 15.0}}) {
    const ViewGeometry g =
        See(plane, camera, LookEast(45, {0, 0, 700}), test::SunAt(30, azimuth_deg)).geometry;
    EXPECT_NEAR(Vector(g.point_in_site_m, 10, 10).x(), 700, 1e-9);
    EXPECT_NEAR(g.incidence_rad.at<double>(10, 10), dem::DegToRad(60), 1e-12);
    EXPECT_NEAR(g.emission_rad.at<double>(10, 10), dem::DegToRad(45), 1e-12);
    EXPECT_NEAR(g.phase_rad.at<double>(10, 10), dem::DegToRad(phase_deg), 1e-12);
  }
}

// The site's plane rises above the sphere with the distance: at 700 m by 700²/2R = 0.141 m. Place by the
// sphere's own arc: 700 m to the north of (10°, 20°) are 700/R more latitude.
TEST(ViewGeometry, PlaceAndHeightAboveTheSphere) {
  const Camera camera = PinholeCamera(3, dem::DegToRad(1));
  const dem::LatLon origin{dem::DegToRad(10), dem::DegToRad(20)};
  const ViewGeometry g = See(test::TerrainOf(test::FlatGround, 2000, 5, origin), camera,
                             LookEast(0, {0, 700, 500}), test::SunAt(90, 0))
                             .geometry;
  EXPECT_NEAR(g.height_m.at<double>(1, 1), std::hypot(dem::kMoonRadius_m, 700) - dem::kMoonRadius_m, 1e-6);
  EXPECT_NEAR(g.latitude_rad.at<double>(1, 1), origin.latitude_rad + std::atan(700 / dem::kMoonRadius_m),
              1e-12);
  EXPECT_NEAR(g.longitude_rad.at<double>(1, 1), origin.longitude_rad, 1e-12);
}

// On a 10 m sphere the normal is the radius. Bilinear cells of 0.02 m lie up to 3e-5 m below it. Heights are
// floats, rounded by up to 4.8e-7 m: central differences over 0.04 m are off by 2.4e-5 in each axis, 3.4e-5
// in both; their truncation adds spacing²/6 of the third derivative, 2e-6, and interpolation as much.
TEST(ViewGeometry, TenMetreSphere) {
  const auto cap = [](double x, double y) { return std::sqrt(100 - x * x - y * y); };
  const Camera camera = PinholeCamera(15, dem::DegToRad(20));
  const dem::Sun sun = test::SunAt(40, 120);
  const Eigen::Vector3d eye(0, 0, 30);
  const ViewGeometry g = See(test::TerrainOf(cap, 6, 0.02), camera, LookEast(0, eye), sun).geometry;
  for (int row = 0; row < 15; ++row) {
    for (int col = 0; col < 15; ++col) {
      const Eigen::Vector3d ray = LookEast(0, eye).linear() * camera.Unproject(Eigen::Vector2d(col, row));
      const double along = -eye.dot(ray);
      const Eigen::Vector3d point = eye + (along - std::sqrt(along * along - (900 - 100))) * ray;
      const Eigen::Vector3d normal = point / 10;
      EXPECT_LT((Vector(g.point_in_site_m, row, col) - point).norm(), 4e-5);
      EXPECT_LT((Vector(g.normal_in_site, row, col) - normal).norm(), 4e-5);
      EXPECT_NEAR(g.incidence_rad.at<double>(row, col), std::acos(normal.dot(sun.direction_to_sun_in_site)),
                  4e-5);
      // The camera is 30 m from the centre: sin(emission) / 30 = sin(off-nadir angle) / 10.
      EXPECT_NEAR(std::sin(g.emission_rad.at<double>(row, col)), 3 * std::hypot(ray.x(), ray.y()), 5e-5);
    }
  }
}

// Spherical trigonometry about the normal: cos g = cos i cos e + sin i sin e cos ψ, ψ between the azimuths of
// Sun and camera; so |i − e| ≤ g ≤ i + e. On rough ground, for a seed that nobody picked.
TEST(ViewGeometry, AnglesObeySphericalTrigonometry) {
  const auto rough = [](double x, double y) {
    const auto index = static_cast<std::uint64_t>(std::llround((x + 500) * 1000 + (y + 500)));
    return 2 * dem::RandomNormal(20261125, 3, index);
  };
  const Camera camera = PinholeCamera(64, dem::DegToRad(50));
  const Seen seen =
      See(test::TerrainOf(rough, 400, 10), camera, LookEast(25, {-100, 0, 300}), test::SunAt(25, 40));
  const ViewGeometry& g = seen.geometry;
  int checked = 0;
  for (int row = 0; row < 64; ++row) {
    for (int col = 0; col < 64; ++col) {
      const double i = g.incidence_rad.at<double>(row, col), e = g.emission_rad.at<double>(row, col),
                   phase = g.phase_rad.at<double>(row, col);
      if (std::isnan(i)) continue;
      const Eigen::Vector3d normal = Vector(g.normal_in_site, row, col);
      const auto flat = [&](const Eigen::Vector3d& v) {
        return Eigen::Vector3d((v - normal.dot(v) * normal).normalized());
      };
      const Eigen::Vector3d to_camera =
          (seen.view.site_from_cam.translation() - Vector(g.point_in_site_m, row, col)).normalized();
      const double cos_psi = flat(seen.view.sun.direction_to_sun_in_site).dot(flat(to_camera));
      EXPECT_NEAR(std::cos(phase), std::cos(i) * std::cos(e) + std::sin(i) * std::sin(e) * cos_psi, 1e-9);
      EXPECT_GE(phase, std::abs(i - e) - 1e-9);
      EXPECT_LE(phase, i + e + 1e-9);
      if (i > 0.5 * dem::kPi) {
        EXPECT_EQ(g.lit_fraction.at<float>(row, col), 0);
      }
      ++checked;
    }
  }
  EXPECT_GT(checked, 2000);
}

TEST(ViewGeometry, NothingIsKnownOfTheSky) {
  const Camera camera = PinholeCamera(31, dem::DegToRad(60));
  const Seen seen =
      See(test::TerrainOf(test::FlatGround, 2000, 10), camera, LookEast(80, {0, 0, 100}), test::SunAt(45, 0));
  int sky = 0, ground = 0;
  for (int row = 0; row < 31; ++row) {
    for (int col = 0; col < 31; ++col) {
      const bool hit = !std::isnan(seen.view.range_m.at<double>(row, col));
      ++(hit ? ground : sky);
      for (const cv::Mat* numbers : {&seen.geometry.latitude_rad, &seen.geometry.height_m,
                                     &seen.geometry.incidence_rad, &seen.geometry.phase_rad}) {
        EXPECT_EQ(std::isnan(numbers->at<double>(row, col)), !hit);
      }
      EXPECT_EQ(std::isnan(Vector(seen.geometry.normal_in_site, row, col).z()), !hit);
    }
  }
  EXPECT_GT(sky, 100);
  EXPECT_GT(ground, 100);
}

TEST(ViewGeometry, SameBytesWithAnyNumberOfThreads) {
  const auto hills = [](double x, double y) { return 20 * std::sin(x / 40) * std::cos(y / 55); };
  const dem::Terrain terrain = test::TerrainOf(hills, 800, 10);
  const View view = RenderView(terrain, PinholeCamera(120, dem::DegToRad(60)), LookEast(20, {0, 0, 500}),
                               test::SunAt(20, 70));
  const std::vector<dem::Crater> craters = {{1, {0, 0}, 0, 150, 120, 0.3, {}, 0},
                                            {2, {0.0001, 0.0001}, 0, 60, 60, 0, {}, 0}};
  const auto with_threads = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    ViewGeometry geometry = GeometryOf(view, terrain);
    cv::Mat indices = CraterIndices(geometry, craters);
    return std::pair{std::move(geometry), indices};
  };
  const auto [one, one_indices] = with_threads(1);
  const auto [two, two_indices] = with_threads(2);
  EXPECT_TRUE(test::SameBytes(one.point_in_site_m, two.point_in_site_m));
  EXPECT_TRUE(test::SameBytes(one.normal_in_site, two.normal_in_site));
  EXPECT_TRUE(test::SameBytes(one.incidence_rad, two.incidence_rad));
  EXPECT_TRUE(test::SameBytes(one.phase_rad, two.phase_rad));
  EXPECT_TRUE(test::SameBytes(one_indices, two_indices));
}

TEST(ViewGeometry, RefusesImagesOfAnotherSize) {
  const dem::Terrain terrain = test::TerrainOf(test::FlatGround, 100, 10);
  View view = RenderView(terrain, PinholeCamera(8, 1), LookEast(0, {0, 0, 50}), test::SunAt(45, 0));
  view.camera.width_px = 9;
  EXPECT_THROW(GeometryOf(view, terrain), std::invalid_argument);
}

/// A geometry of given places, one row.
ViewGeometry Places(const std::vector<dem::LatLon>& places) {
  ViewGeometry geometry;
  geometry.latitude_rad = cv::Mat(1, static_cast<int>(places.size()), CV_64F);
  geometry.longitude_rad = geometry.latitude_rad.clone();
  for (std::size_t i = 0; i < places.size(); ++i) {
    geometry.latitude_rad.at<double>(0, static_cast<int>(i)) = places[i].latitude_rad;
    geometry.longitude_rad.at<double>(0, static_cast<int>(i)) = places[i].longitude_rad;
  }
  return geometry;
}

std::vector<int> IndicesAt(const std::vector<dem::LatLon>& places, const std::vector<dem::Crater>& craters) {
  const cv::Mat indices = CraterIndices(Places(places), craters);
  return {indices.begin<int>(), indices.end<int>()};
}

dem::Crater Circle(double latitude_deg, double longitude_deg, double radius_m) {
  dem::Crater crater;
  crater.centre = {dem::DegToRad(latitude_deg), dem::DegToRad(longitude_deg)};
  crater.semi_major_m = crater.semi_minor_m = radius_m;
  return crater;
}

/// The place at an arc (m) and azimuth (deg) from another, by spherical trigonometry.
dem::LatLon From(const dem::LatLon& place, double arc_m, double azimuth_deg) {
  const double arc = arc_m / dem::kMoonRadius_m, azimuth = dem::DegToRad(azimuth_deg);
  const double latitude = std::asin(std::sin(place.latitude_rad) * std::cos(arc) +
                                    std::cos(place.latitude_rad) * std::sin(arc) * std::cos(azimuth));
  const double east = std::atan2(std::sin(azimuth) * std::sin(arc) * std::cos(place.latitude_rad),
                                 std::cos(arc) - std::sin(place.latitude_rad) * std::sin(latitude));
  return {latitude, dem::WrapLongitude(place.longitude_rad + east)};
}

// Centre, just inside and just outside the rim in every direction; over the meridian of 180° and near the
// pole; craters of 1 km and of a basin.
TEST(CraterIndices, RimOfACircle) {
  for (const auto& [latitude_deg, longitude_deg] :
       {std::pair{0.0, 0.0}, std::pair{45.0, 179.99}, std::pair{-89.9, 30.0}, std::pair{90.0, 0.0}}) {
    for (const double radius_m : {1e3, 30e3, 600e3}) {
      const dem::Crater crater = Circle(latitude_deg, longitude_deg, radius_m);
      EXPECT_EQ(IndicesAt({crater.centre}, {crater}), std::vector<int>{0});
      for (int azimuth_deg = 0; azimuth_deg < 360; azimuth_deg += 30) {
        const dem::LatLon inside = From(crater.centre, radius_m - 0.01, azimuth_deg),
                          outside = From(crater.centre, radius_m + 0.01, azimuth_deg);
        EXPECT_EQ(IndicesAt({inside, outside}, {crater}), (std::vector<int>{0, -1}))
            << latitude_deg << " " << radius_m << " " << azimuth_deg;
      }
    }
  }
  const dem::LatLon antipode{0, dem::kPi};
  EXPECT_EQ(IndicesAt({antipode}, {Circle(0, 0, 1e6)}), std::vector<int>{-1});
}

// An ellipse of 20 × 10 km, its major axis 30° east of north: 19.99 km along it are inside, 10.01 km across
// it not.
TEST(CraterIndices, EllipseTurnsWithItsAzimuth) {
  dem::Crater crater = Circle(10, 20, 20e3);
  crater.semi_minor_m = 10e3;
  crater.azimuth_rad = dem::DegToRad(30);
  const auto at = [&](double arc_m, double azimuth_deg) { return From(crater.centre, arc_m, azimuth_deg); };
  EXPECT_EQ(IndicesAt({at(19.99e3, 30), at(20.01e3, 210), at(9.99e3, 120), at(10.01e3, 300), at(15e3, -30)},
                      {crater}),
            (std::vector<int>{0, -1, 0, -1, -1}));
}

// Nested: the smallest that holds the point, whatever the order of the list; the first of equals.
TEST(CraterIndices, SmallestOfNestedCraters) {
  const dem::Crater basin = Circle(0, 0, 100e3), crater = Circle(0.5, 0.5, 20e3), pit = Circle(0.5, 0.5, 1e3);
  const std::vector<dem::LatLon> places = {
      pit.centre, From(pit.centre, 5e3, 80), {0, 0}, From(basin.centre, 101e3, 10)};
  EXPECT_EQ(IndicesAt(places, {basin, crater, pit}), (std::vector<int>{2, 1, 0, -1}));
  EXPECT_EQ(IndicesAt(places, {pit, basin, crater}), (std::vector<int>{0, 2, 1, -1}));
  EXPECT_EQ(IndicesAt({pit.centre}, {pit, pit}), std::vector<int>{0});
}

TEST(CraterIndices, NothingWithoutGroundOrCraters) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(IndicesAt({{kNaN, kNaN}, {0, 0}}, {Circle(0, 0, 1e3)}), (std::vector<int>{-1, 0}));
  EXPECT_EQ(IndicesAt({{0, 0}}, {}), std::vector<int>{-1});
  EXPECT_THROW(IndicesAt({{0, 0}}, {Circle(0, 0, 0)}), std::invalid_argument);
  EXPECT_THROW(IndicesAt({{0, 0}}, {Circle(0, 0, 3e6)}), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
