// Letters wait with being sent on while another process does it.
#include "ports/forwarded_dead_letters.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace signalbox::ports {
namespace {

// What several owners may look at.
struct Kept {
  std::mutex mutex;
  std::vector<DeadLetter> letters;

  size_t size() {
    const std::lock_guard lock(mutex);
    return letters.size();
  }
};

class MemoryLetters final : public DeadLetters {
 public:
  explicit MemoryLetters(Kept& kept) : kept_(kept) {}
  Result<void> Add(const DeadLetter& letter) override {
    const std::lock_guard lock(kept_.mutex);
    for (const auto& known : kept_.letters) {
      if (known.position == letter.position) return {};
    }
    kept_.letters.insert(kept_.letters.begin(), letter);
    return {};
  }
  Result<std::vector<DeadLetter>> List(size_t limit) const override {
    const std::lock_guard lock(kept_.mutex);
    auto letters = kept_.letters;
    letters.resize(std::min(limit, letters.size()));
    return letters;
  }

 private:
  Kept& kept_;
};

bool Soon(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  return condition();
}

TEST(ForwardedDeadLettersTest, SetSending_LettersKeptMeanwhile_FollowOnceItIsOn) {
  Kept local, remote;
  ForwardedDeadLetters letters(std::make_unique<MemoryLetters>(local),
                               std::make_unique<MemoryLetters>(remote), 10, false);
  ASSERT_TRUE(letters.Add({.position = {0, 1}}));
  ASSERT_TRUE(letters.Add({.position = {0, 2}}));
  EXPECT_EQ(remote.size(), 0u);

  letters.SetSending(true);

  EXPECT_TRUE(Soon([&] { return remote.size() == 2; }));
  ASSERT_TRUE(letters.Add({.position = {0, 3}}));
  EXPECT_TRUE(Soon([&] { return remote.size() == 3; }));
  letters.SetSending(false);
  ASSERT_TRUE(letters.Add({.position = {0, 4}}));
  letters.SetSending(true);
  EXPECT_TRUE(Soon([&] { return remote.size() == 4; }));
  EXPECT_EQ(local.size(), 4u);
}

}  // namespace
}  // namespace signalbox::ports
