// The OpenAPI document and the running server know the same routes, parameters and statuses.
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "app/config/yaml.hpp"
#include "flow_fixture.hpp"

namespace signalbox::flow {
namespace {

json Document() {
  std::ifstream file(SIGNALBOX_SOURCE_DIR "/docs/api/openapi.yaml");
  std::stringstream text;
  text << file.rdbuf();
  auto parsed = app::ParseYaml(text.str(), "openapi.yaml");
  return parsed ? *parsed : json(parsed.error().message());
}

std::string WithIds(std::string path) {
  for (size_t open = path.find('{'); open != std::string::npos; open = path.find('{')) {
    path.replace(open, path.find('}') - open + 1, "tent");
  }
  return path;
}

std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

json Resolve(const json& document, const json& node) {
  if (!node.contains("$ref")) return node;
  return document.at(json::json_pointer(node["$ref"].get<std::string>().substr(1)));
}

TEST_F(FlowTest, OpenApi_EveryOperation_IsServedWithADocumentedStatus) {
  TeachShop();
  const json document = Document();
  ASSERT_TRUE(document.is_object()) << document;

  int operations = 0;
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      if (!operation.is_object() || !operation.contains("responses")) continue;
      ++operations;
      const auto answer = server_->Send(server_->ingest_port(), Upper(method), WithIds(path));
      EXPECT_NE(answer.status, 405) << method << " " << path;
      EXPECT_EQ(answer.text.find("no_such_route"), std::string::npos) << method << " " << path;
      EXPECT_TRUE(operation["responses"].contains(std::to_string(answer.status)))
          << method << " " << path << " answered " << answer.status << ": " << answer.text;
    }
  }
  EXPECT_EQ(operations, 15);
}

TEST_F(FlowTest, OpenApi_EveryQueryParameter_IsKnownToTheServer) {
  TeachShop();
  const json document = Document();
  ASSERT_TRUE(document.is_object()) << document;

  for (const auto& [path, methods] : document["paths"].items()) {
    if (!methods.contains("get")) continue;
    for (const auto& entry : methods["get"].value("parameters", json::array())) {
      const json parameter = Resolve(document, entry);
      if (parameter["in"] != "query") continue;
      const auto answer =
          server_->Get(WithIds(path) + "?" + parameter["name"].get<std::string>() + "=%F0%9F%A6%96");
      // The value may be refused, the name may not.
      EXPECT_EQ(answer.text.find("is not a parameter"), std::string::npos)
          << path << " " << parameter["name"] << ": " << answer.text;
    }
  }
}

}  // namespace
}  // namespace signalbox::flow
