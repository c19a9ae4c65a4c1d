// One running node: state, stages and listening sockets, by the roles it was given.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "adapters/memory/answer_files.hpp"
#include "adapters/memory/recent_writes.hpp"
#include "app/node/caches.hpp"
#include "app/node/control_plane.hpp"
#include "app/node/exposure_feed.hpp"
#include "app/node/item_feed.hpp"
#include "app/node/process_duty.hpp"
#include "app/node/rate_limits.hpp"
#include "app/node/readiness.hpp"
#include "app/node/state_core.hpp"
#include "serve/service.hpp"

namespace signalbox::app {

// The ports that were bound; 0 = not listening.
struct BoundPorts {
  uint16_t ingest = 0, recommend = 0, admin = 0, ops = 0;
};

// Threads: Start and Stop from the owner.
class Node {
 public:
  // Listens on the ops port at once (not ready), brings the state up to date, then opens the
  // other ports. Errors: those of the parts; everything is shut again then.
  static Result<std::unique_ptr<Node>> Start(Settings settings);
  ~Node();

  // Not ready, no new connections, running requests end, a last checkpoint. Idempotent.
  void Stop();

  const BoundPorts& ports() const { return ports_; }

 private:
  explicit Node(Settings settings);
  Result<void> StartOps();
  Result<void> StartState();
  Result<void> StartTenants();
  Result<void> StartService();
  void AddDependencies();
  Result<void> StartFollowing();
  Result<void> StartTopics();
  Result<void> StartPublic();
  std::shared_ptr<ports::Router> PublicRoutes();
  std::shared_ptr<ports::Router> AdminRoutes();
  Result<std::unique_ptr<ports::HttpServer>> Listen(uint16_t port, const char* key,
                                                    std::shared_ptr<const ports::Router> router);

  // Declared so that what is used by others is destroyed after them.
  Settings settings_;
  SystemClock clock_;
  std::unique_ptr<ports::Metrics> metrics_;
  Readiness readiness_;
  BoundPorts ports_;
  std::unique_ptr<ports::HttpServer> ops_server_;
  Caches caches_;
  std::unique_ptr<StateCore> core_;
  std::unique_ptr<ProcessDuty> duty_;    // null = the role process runs elsewhere
  std::unique_ptr<ItemFeed> item_feed_;  // null = this node does not publish items
  std::unique_ptr<memory::RecentWrites> recent_;
  std::unique_ptr<memory::AnswerFiles> answers_;    // null = none are kept
  std::unique_ptr<ports::MessageTopic> exposures_;  // null = nobody is told of answers
  std::unique_ptr<ControlPlane> control_;  // stopped before the tenants go, whose faults it is told of
  std::map<std::string, std::unique_ptr<serve::Tenant>, std::less<>> tenants_;
  std::unique_ptr<serve::Service> service_;
  std::unique_ptr<RateLimits> rate_limits_;  // null = none are set
  std::unique_ptr<ports::HttpServer> ingest_server_, recommend_server_, admin_server_;
  bool running_ = false;
};

}  // namespace signalbox::app
