// signalbox evaluate: ranking quality of the real pipeline on a data set.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <CLI/CLI.hpp>

#include "app/commands.hpp"
#include "app/evaluation_node.hpp"
#include "app/import/progress.hpp"
#include "base/clock.hpp"
#include "train/report.hpp"

namespace signalbox::app {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string protocol, train, test, format, out;
  std::vector<std::string> signals;
  std::vector<uint32_t> ks = {20};
  size_t limit = 0;
  EvaluationOptions node;
};

int Complain(const Error& error, int exit_code) {
  const std::string field = error.field().empty() ? "" : error.field() + ": ";
  std::fprintf(stderr, "signalbox evaluate: %s%s%s%s\n", field.c_str(), error.message().c_str(),
               error.hint().empty() ? "" : ". ", error.hint().c_str());
  return exit_code;
}

Result<train::Plan> MakePlan(const Arguments& arguments, train::Format format) {
  const int64_t now_ms = SystemClock().now_ms();
  if (arguments.protocol == "leave-one-out") return train::PlanLeaveOneOut(format, arguments.train, now_ms);
  if (arguments.test.empty()) {
    return Fail(Error(Code::kInvalidArgument, "next-item needs --test FILE").WithField("test"));
  }
  return train::PlanNextItem(format, arguments.train, arguments.test, now_ms);
}

// "all" stands for every signal of the node. Errors: kInvalidArgument for one it does not have.
Result<std::vector<std::string>> SignalsAlone(const std::vector<std::string>& asked,
                                              const EvaluationNode& node) {
  const std::vector<std::string> known = node.signals();
  if (asked.size() == 1 && asked[0] == "all") return known;
  std::string names;
  for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name;
  for (const std::string& name : asked) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Fail(
          Error(Code::kInvalidArgument, "there is no signal \"" + name + "\": use all, or of " + names)
              .WithField("signals"));
    }
  }
  return asked;
}

train::Subject SubjectOf(EvaluationNode& node) {
  train::Subject subject;
  subject.recommender = &node.recommender();
  subject.teach = [&node](std::vector<model::LogRecord> records) { return node.Teach(std::move(records)); };
  subject.put_items = [&node](std::vector<model::Item> items) { return node.PutItems(std::move(items)); };
  subject.set_now = [&node](int64_t now_ms) { node.SetNow(now_ms); };
  return subject;
}

// The folder and file of the data set, "ml-1m" or "diginetica/train_sessions.txt".
std::string DatasetName(const fs::path& train) {
  const fs::path path = fs::absolute(train).lexically_normal();
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    return (path.has_filename() ? path : path.parent_path()).filename().string();
  }
  return (path.parent_path().filename() / path.filename()).string();
}

Result<void> Write(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out)
    return Fail(Error(Code::kUnavailable, path + " cannot be written: check the folder").WithField("out"));
  return {};
}

// A busy machine must not change a ranking: signals are not put aside for being slow here, unless
// the caller asks for it (a later override wins).
void AllowSlowSignals(std::vector<std::string>* overrides) {
  overrides->insert(overrides->begin(), "plugins.score_budget_us=1000000");
}

void WarnOfDegraded(const train::EvaluationReport& report) {
  const auto warn = [](const std::string& name, const train::Figures& figures) {
    if (figures.degraded == 0) return;
    std::fprintf(stderr, "evaluate: %s: %s answers lack a signal: the figures are not to be trusted\n",
                 name.c_str(), WithCommas(figures.degraded).c_str());
  };
  warn("blend", report.blend);
  for (const auto& [name, figures] : report.signals) warn(name, figures);
}

int Run(Arguments arguments) {
  const auto format = train::ParseFormat(arguments.format);
  if (!format) return Complain(format.error(), 2);
  std::sort(arguments.ks.begin(), arguments.ks.end());
  AllowSlowSignals(&arguments.node.overrides);
  auto node = EvaluationNode::Create(arguments.node);
  if (!node) return Complain(node.error(), 2);
  auto signals = SignalsAlone(arguments.signals, **node);
  if (!signals) return Complain(signals.error(), 2);
  auto plan = MakePlan(arguments, *format);
  if (!plan) return Complain(plan.error(), plan.error().code() == Code::kUnavailable ? 1 : 2);
  train::LimitQueries(arguments.limit, &*plan);

  train::ReportSource source{DatasetName(arguments.train),
                             arguments.train,
                             arguments.test,
                             arguments.format,
                             (*node)->scenario(),
                             plan->data.refused + plan->refused_tests,
                             plan->data.first_refused};
  for (const auto& line : plan->first_refused_tests) source.first_refused.push_back(line);
  Progress progress;
  train::EvaluationSettings settings;
  settings.scenario = (*node)->scenario();
  settings.signals = std::move(*signals);
  settings.ks = arguments.ks;
  settings.progress = [&](const std::string& step, size_t done, size_t all) {
    if (progress.due())
      progress.Show("evaluate: " + step + " " + WithCommas(done) + " of " + WithCommas(all));
  };
  const auto report = train::Evaluate(&*plan, settings, SubjectOf(**node));
  if (!report) return Complain(report.error(), 1);
  progress.Finish("evaluate: " + source.dataset + ", " + WithCommas(report->taught_events) +
                  " events taught in " + std::to_string(static_cast<int64_t>(report->teach_seconds)) +
                  " s, " + WithCommas(report->queries) + " queries");
  std::fputs(train::ReportTable(*report).c_str(), stdout);
  WarnOfDegraded(*report);
  if (source.refused_lines > 0) std::printf("%s lines refused\n", WithCommas(source.refused_lines).c_str());
  if (arguments.out.empty()) return 0;
  const auto written = Write(arguments.out, train::ReportJson(*report, source));
  return written ? 0 : Complain(written.error(), 1);
}

}  // namespace

void AddEvaluateCommand(CLI::App& program, int* exit_code) {
  auto* command = program.add_subcommand("evaluate", "measure ranking quality on a data set");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("--protocol", arguments->protocol, "next-item (sessions) or leave-one-out (users)")
      ->required()
      ->check(CLI::IsMember({"next-item", "leave-one-out"}));
  command->add_option("--train", arguments->train, "file or folder that is taught")->required();
  command->add_option(
      "--test", arguments->test,
      "next-item: \"prefix<TAB>next item\" lines, or whole sessions in the format of --train");
  command->add_option("--format", arguments->format, "sessions, yoochoose, movielens-1m or movielens-100k")
      ->required();
  command->add_option("--scenario", arguments->node.scenario, "a scenario's name, or a file ending in .lua");
  command->add_option("--signals", arguments->signals, "signals to ask alone besides the blend; \"all\"")
      ->delimiter(',');
  command->add_option("--k", arguments->ks, "lengths of the list, 1 to 100")
      ->delimiter(',')
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command->add_option("--limit", arguments->limit, "ask only so many queries, evenly spread");
  command->add_option("--out", arguments->out, "write the report as JSON");
  command->add_option("--config", arguments->node.config, "configuration file");
  command->add_option("--set", arguments->node.overrides, "section.key=value; may be repeated");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace signalbox::app
