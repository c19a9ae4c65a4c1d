// One worker's dice and its patience.
#include "load.hpp"

#include <chrono>
#include <random>

#include "adapters/http/poco_client.hpp"

namespace signalbox::fault {
namespace {

using nlohmann::json;

constexpr int kItems = 300;         // that events and the catalogue share
constexpr size_t kUserEvents = 40;  // leaves room for a session and another user to be merged in
constexpr int kSessionEvents = 5;
constexpr size_t kManyFailures = 20;
constexpr int64_t kOldestMs = int64_t{10} * 24 * 3600 * 1000;
constexpr int kStrides[] = {1, 7, 11, 13, 17, 19};  // none divides kItems: no item comes twice

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

class Load::Worker {
 public:
  Worker(Load& load, int number)
      : load_(load),
        name_(load.options_.name + std::to_string(number)),
        dice_(load.options_.seed * 1000 + static_cast<uint64_t>(number)) {}

  void Run() {
    while (!load_.stopping_) {
      const int roll = Roll(100);
      if (roll < 40) {
        SendEvents({NextEvent()}, true);
      } else if (roll < 70) {
        SendEvents(Batch(2 + Roll(20)), false);
      } else if (roll < 80) {
        VisitThenLogin();
      } else if (roll < 84) {
        JoinTwoUsers();
      } else if (roll < 88) {
        VisitThenErase();
      } else if (roll < 96) {
        ChangeCatalogue();
      } else if (load_.options_.asks) {
        Ask();
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // leaves the processor to the node
    }
  }

 private:
  // A visitor and what of the items comes next.
  struct Visitor {
    std::string name;
    int base, stride;
    size_t events = 0;
  };
  struct Event {
    std::string visitor;
    json body;
  };

  int Roll(int sides) { return static_cast<int>(dice_() % static_cast<uint64_t>(sides)); }

  Visitor NewVisitor(const char* kind) {
    const int stride = kStrides[Roll(std::size(kStrides))];
    return {name_ + "-" + kind + std::to_string(visitors_++), Roll(kItems), stride};
  }

  Event EventOf(Visitor& visitor, const char* id_field = "user_id") {
    static constexpr const char* kTypes[] = {"view", "view", "click", "cart", "purchase", "rating"};
    const int item = (visitor.base + static_cast<int>(visitor.events++) * visitor.stride) % kItems;
    Event event{visitor.name, {{id_field, visitor.name}, {"item_id", "i" + std::to_string(item)}}};
    event.body["event_type"] = kTypes[Roll(std::size(kTypes))];
    event.body["event_id"] = name_ + "-e" + std::to_string(events_++);
    if (event.body["event_type"] == "rating") event.body["value"] = 1 + Roll(5);
    if (Roll(4) == 0) event.body["timestamp"] = NowMs() - static_cast<int64_t>(dice_() % kOldestMs);
    return event;
  }

  Event NextEvent() {
    if (current_.name.empty() || current_.events == kUserEvents) current_ = NewVisitor("user");
    return EventOf(current_);
  }

  std::vector<Event> Batch(int count) {
    std::vector<Event> events;
    for (int i = 0; i < count; ++i) events.push_back(NextEvent());
    return events;
  }

  std::vector<Event> Visit(Visitor& visitor, const char* id_field) {
    std::vector<Event> events;
    for (int i = 0; i < kSessionEvents; ++i) events.push_back(EventOf(visitor, id_field));
    return events;
  }

  void VisitThenLogin() {
    Visitor session = NewVisitor("session"), user = NewVisitor("user");
    user.base = session.base;
    user.stride = session.stride;
    user.events = kItems / 2;  // other items than the session's
    SendEvents(Visit(session, "session_id"), false);
    SendEvents(Visit(user, "user_id"), false);
    if (UntilDone("POST", "/users/" + user.name + "/merge", json{{"from_session_id", session.name}})) {
      load_.ledger_.Merge(session.name, user.name);
    }
    // What the session does from here on is the user's.
    auto later = Visit(session, "session_id");
    for (auto& event : later) event.visitor = user.name;
    SendEvents(std::move(later), false);
  }

  void JoinTwoUsers() {
    Visitor first = NewVisitor("user"), second = first;
    second.name += "b";
    second.events = kItems / 2;
    SendEvents(Visit(first, "user_id"), false);
    SendEvents(Visit(second, "user_id"), false);
    if (UntilDone("POST", "/users/" + second.name + "/merge", json{{"from_user_id", first.name}})) {
      load_.ledger_.Merge(first.name, second.name);
    }
  }

  void VisitThenErase() {
    Visitor user = NewVisitor("gone");
    SendEvents(Visit(user, "user_id"), false);
    if (UntilDone("DELETE", "/users/" + user.name, nullptr)) load_.ledger_.Forget(user.name);
  }

  // Each worker has items of its own, and writes attributes of those that events name.
  void ChangeCatalogue() {
    const std::string own = name_ + "-item" + std::to_string(Roll(40));
    if (Roll(3) == 0) {
      // 404: deleted already, perhaps by an attempt that was not answered.
      if (UntilDone("DELETE", "/items/" + own, nullptr, 404)) load_.ledger_.SetItem(own, false);
      return;
    }
    json items = json::array({ItemOf(own), ItemOf("i" + std::to_string(Roll(kItems)))});
    if (UntilDone("POST", "/items", items)) load_.ledger_.SetItem(own, true);
  }

  json ItemOf(const std::string& id) {
    static constexpr const char* kCategories[] = {"tents", "stoves", "lamps", "boots"};
    json item = {{"item_id", id},
                 {"title", std::string(kCategories[Roll(4)]) + " number " + std::to_string(Roll(50))},
                 {"category", kCategories[Roll(4)]},
                 {"price", Roll(10'000) / 100.0},
                 {"stock", Roll(20)},
                 {"tags", json::array({"t" + std::to_string(Roll(5)), "t" + std::to_string(Roll(5))})}};
    if (Roll(2) == 0) item["created_at"] = "2026-0" + std::to_string(1 + Roll(9)) + "-01T00:00:00Z";
    return item;
  }

  void Ask() {
    if (current_.name.empty()) return;
    const auto response = Send("GET", "/recommendations?count=10&user_id=" + current_.name, {});
    if (response && response->status != 200) load_.Note("a recommendation: " + response->body);
  }

  // Until each is accepted; those that must be retried are sent again, with their ids.
  void SendEvents(std::vector<Event> events, bool alone) {
    while (!events.empty() && !load_.hopeless()) {
      json body = json::array();
      for (const auto& event : events) body.push_back(event.body);
      const auto response = Send("POST", "/events", (alone ? body[0] : body).dump());
      std::vector<Event> again;
      const auto answer = response ? json::parse(response->body, nullptr, false) : json();
      if (!answer.is_object() || !answer.contains("results")) {
        again = std::move(events);
        if (response && !Retryable(response->status)) load_.Note("events: " + response->body);
      } else {
        for (size_t i = 0; i < events.size(); ++i) {
          const std::string status = answer["results"][i]["status"];
          if (status == "accepted" || status == "duplicate") {
            load_.ledger_.Accept(events[i].visitor, events[i].body["item_id"]);
          } else {
            if (status != "retry") load_.Note("an event: " + answer["results"][i].dump());
            again.push_back(std::move(events[i]));
          }
        }
      }
      events = std::move(again);
      if (!events.empty()) Pause();
    }
  }

  // False = it never was, which is a failure noted. `also` is as good.
  bool UntilDone(const char* method, const std::string& target, const json& body, int also = 200) {
    const std::string text = body.is_null() ? std::string() : body.dump();
    while (!load_.hopeless()) {
      const auto response = Send(method, target, text);
      if (response && (response->status / 100 == 2 || response->status == also)) return true;
      if (response && !Retryable(response->status)) load_.Note(target + ": " + response->body);
      Pause();
    }
    return false;
  }

  static bool Retryable(int status) { return status == 429 || status == 503; }

  void Pause() {
    ++load_.retries_;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }

  Result<ports::HttpResponse> Send(const char* method, const std::string& target, const std::string& body) {
    const uint16_t port = load_.port_;
    if (port == 0) return Fail(Code::kUnavailable, "no node");
    if (port != client_port_) client_.reset();
    if (!client_) {
      auto made = adapters::http::MakePocoClient("http://127.0.0.1:" + std::to_string(port), {});
      if (!made) return Fail(made.error());
      client_ = std::move(*made);
      client_port_ = port;
    }
    ++load_.requests_;
    return client_->Send(method, target, {}, body);
  }

  Load& load_;
  const std::string name_;
  std::mt19937_64 dice_;
  Visitor current_{};
  uint64_t visitors_ = 0, events_ = 0;
  std::unique_ptr<ports::HttpClient> client_;
  uint16_t client_port_ = 0;
};

Load::Load(Ledger& ledger, LoadOptions options) : ledger_(ledger), options_(std::move(options)) {
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this, i] { Worker(*this, i).Run(); });
  }
}

Load::~Load() {
  given_up_ = true;
  Stop();
}

void Load::Stop() {
  stopping_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Load::Note(std::string failure) {
  const std::lock_guard lock(mutex_);
  failures_.push_back(std::move(failure));
}

bool Load::hopeless() const {
  const std::lock_guard lock(mutex_);
  return given_up_ || failures_.size() >= kManyFailures;
}

std::vector<std::string> Load::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

}  // namespace signalbox::fault
