// Two sliding windows of a minute each.
#include "signals/fault_monitor.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"

namespace signalbox::signals {

FaultMonitor::FaultMonitor(std::string signal, const SignalSetOptions& options, ports::Metrics& metrics)
    : signal_(std::move(signal)),
      fault_limit_(options.faults_to_quarantine),
      overrun_limit_(options.overruns_to_quarantine),
      budget_us_(options.score_budget_us),
      faults_total_(metrics.GetCounter("signalbox_signal_faults_total",
                                       "Hooks that failed or gave an infinity.", {{"signal", signal_}})),
      overruns_total_(metrics.GetCounter("signalbox_signal_overruns_total",
                                         "Calls that took longer than the budget.", {{"signal", signal_}})),
      quarantined_gauge_(metrics.GetGauge("signalbox_signal_quarantined",
                                          "1 while the signal is left out of answers.",
                                          {{"signal", signal_}})) {
  quarantined_gauge_.Set(0);
}

void FaultMonitor::Fault(std::string_view hook, std::string_view what) {
  faults_total_.Add();
  const std::string text = std::string(hook) + ": " + std::string(what);
  LogWarn("signal hook failed", {{"signal", signal_}, {"fault", text}});
  Count(&faults_, fault_limit_, std::to_string(fault_limit_) + " faults within 60 s, the last in " + text);
}

void FaultMonitor::Suspect() {
  suspected_until_us_.store(MonotonicMicros() + kWindowUs, std::memory_order_relaxed);
}

bool FaultMonitor::suspected() const {
  const int64_t until_us = suspected_until_us_.load(std::memory_order_relaxed);
  return until_us != 0 && MonotonicMicros() < until_us;
}

void FaultMonitor::Overrun(std::string_view hook, int64_t took_us) {
  overruns_total_.Add();
  Count(&overruns_, overrun_limit_,
        std::to_string(overrun_limit_) + " calls over the budget of " + std::to_string(budget_us_) +
            " us within 60 s, the last " + std::string(hook) + " with " + std::to_string(took_us) + " us");
}

void FaultMonitor::Count(std::deque<int64_t>* times, uint32_t limit, const std::string& reason) {
  const int64_t now = MonotonicMicros();
  const std::lock_guard lock(mutex_);
  times->push_back(now);
  while (times->front() < now - kWindowUs) times->pop_front();
  if (times->size() < limit || quarantined()) return;
  reason_ = reason;
  quarantined_.store(true, std::memory_order_release);
  quarantined_gauge_.Set(1);
  LogError("signal quarantined", {{"signal", signal_}, {"reason", reason}});
}

std::string FaultMonitor::reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

}  // namespace signalbox::signals
