// What the port's handles expose as Prometheus text.
#include "adapters/prometheus/prometheus_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signalbox::adapters::prometheus {
namespace {

using testing::HasSubstr;

TEST(PrometheusMetricsTest, Expose_OfEveryKind_ShowsValues) {
  const auto metrics = MakePrometheusMetrics();
  metrics->GetCounter("events_total", "Events.", {{"type", "view"}}).Add(3);
  metrics->GetGauge("lag", "Lag.").Set(2.5);
  metrics->GetHistogram("took_seconds", "Time.", {0.1, 1}).Observe(0.5);

  const std::string text = metrics->Expose();

  EXPECT_THAT(text, HasSubstr("# HELP events_total Events."));
  EXPECT_THAT(text, HasSubstr("events_total{type=\"view\"} 3"));
  EXPECT_THAT(text, HasSubstr("lag 2.5"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{le=\"0.1\"} 0"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{le=\"1\"} 1"));
}

TEST(PrometheusMetricsTest, GetCounter_SameNameAndLabels_GivesSameHandle) {
  const auto metrics = MakePrometheusMetrics();

  ports::Counter& first = metrics->GetCounter("a_total", "A.", {{"x", "1"}});

  EXPECT_EQ(&first, &metrics->GetCounter("a_total", "A.", {{"x", "1"}}));
  EXPECT_NE(&first, &metrics->GetCounter("a_total", "A.", {{"x", "2"}}));
}

TEST(PrometheusMetricsTest, GetHistogram_OtherBuckets_KeepsTheFirst) {
  const auto metrics = MakePrometheusMetrics();
  metrics->GetHistogram("t_seconds", "T.", {1, 2}, {{"route", "a"}});
  metrics->GetHistogram("t_seconds", "T.", {5}, {{"route", "b"}});

  EXPECT_THAT(metrics->Expose(), HasSubstr("t_seconds_bucket{route=\"b\",le=\"2\"} 0"));
}

TEST(PrometheusMetricsTest, GetGauge_NameOfACounter_Throws) {
  const auto metrics = MakePrometheusMetrics();
  metrics->GetCounter("a_total", "A.");

  EXPECT_THROW(metrics->GetGauge("a_total", "A."), std::invalid_argument);
}

}  // namespace
}  // namespace signalbox::adapters::prometheus
