#include "tests/integration/program.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/support/temp_folder.h"

namespace perilune::test {
namespace fs = std::filesystem;
namespace {

/// The child's folder and streams.
class SpawnActions {
 public:
  SpawnActions() { posix_spawn_file_actions_init(&actions_); }
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  void Redirect(int stream, const fs::path& file) {
    posix_spawn_file_actions_addopen(&actions_, stream, file.c_str(), O_RDWR | O_CREAT, 0644);
  }
  void ChangeFolder(const fs::path& folder) {
    posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

pid_t Spawn(const std::vector<std::string>& arguments, const SpawnActions& actions) {
  std::vector<std::string> words = {PERILUNE_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  if (posix_spawn(&pid, PERILUNE_PROGRAM, actions.get(), nullptr, argv.data(), environ) != 0) {
    throw std::runtime_error("cannot start " PERILUNE_PROGRAM);
  }
  return pid;
}

int WaitFor(pid_t pid, const ProgramOptions& options) {
  int status = 0;
  bool sent = false;
  while (waitpid(pid, &status, options.interrupt_when ? WNOHANG : 0) == 0) {
    if (!sent && options.interrupt_when()) {
      kill(pid, options.signal);
      sent = true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Outcome RunPerilune(const fs::path& folder, const std::vector<std::string>& arguments,
                    const ProgramOptions& options) {
  const TempFolder streams;
  SpawnActions actions;
  actions.ChangeFolder(folder);
  actions.Redirect(STDIN_FILENO, "/dev/null");
  const bool captured = options.standard_output.empty();
  actions.Redirect(STDOUT_FILENO, captured ? streams / "out" : options.standard_output);
  actions.Redirect(STDERR_FILENO, streams / "err");
  const int exit_code = WaitFor(Spawn(arguments, actions), options);
  return {exit_code, captured ? ReadBytes(streams / "out") : "", ReadBytes(streams / "err")};
}

std::map<std::string, std::string> ContentsOf(const fs::path& folder) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    contents[fs::relative(entry.path(), folder).string()] =
        entry.is_regular_file() ? ReadBytes(entry.path()) : "";
  }
  return contents;
}

void ExpectRefused(const Outcome& outcome, int exit_code, const std::string& mention, Progress progress) {
  EXPECT_EQ(outcome.exit_code, exit_code) << outcome.standard_error << outcome.standard_output;
  std::istringstream lines(outcome.standard_error);
  std::vector<std::string> errors;
  std::vector<std::string> others;
  for (std::string line; std::getline(lines, line);) {
    (line.starts_with("perilune: ") ? errors : others).push_back(line);
  }
  ASSERT_EQ(errors.size(), 1U) << outcome.standard_error;
  EXPECT_THAT(errors.front(), ::testing::HasSubstr(mention));
  if (progress == Progress::kNone) {
    EXPECT_THAT(others, ::testing::IsEmpty());
  } else {
    EXPECT_TRUE(outcome.standard_error.ends_with(errors.front() + "\n")) << outcome.standard_error;
    EXPECT_THAT(others, ::testing::Each(::testing::MatchesRegex("[a-z]+: .*")));
  }
}

void ExpectNothingButAWaitingRun(const Outcome& outcome, std::map<std::string, std::string> contents,
                                 const std::map<std::string, std::string>& before,
                                 const std::string& waiting) {
  const bool waits = contents.contains(waiting);
  const bool said = outcome.standard_error.find("--resume goes on with it") != std::string::npos;
  EXPECT_EQ(waits, said) << outcome.standard_error;
  std::erase_if(contents, [&](const auto& entry) {
    const std::string& name = entry.first;
    if (name != waiting && !name.starts_with(waiting + "/")) return false;
    EXPECT_FALSE(name != waiting && fs::path(name).filename().string().starts_with(".")) << name;
    return true;
  });
  EXPECT_TRUE(contents == before) << "something was left behind";
}

}  // namespace perilune::test
