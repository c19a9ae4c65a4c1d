// The OpenAPI document and the running server know the same routes, parameters and statuses.
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "app/config/yaml.hpp"
#include "flow_fixture.hpp"

namespace signalbox::flow {
namespace {

json Document(const std::string& name) {
  std::ifstream file(SIGNALBOX_SOURCE_DIR "/docs/api/" + name);
  std::stringstream text;
  text << file.rdbuf();
  auto parsed = app::ParseYaml(text.str(), name);
  return parsed ? *parsed : json(parsed.error().message());
}

// Something that exists, where it can.
std::string WithIds(std::string path) {
  for (size_t open = path.find('{'); open != std::string::npos; open = path.find('{')) {
    const std::string name = path.substr(open, path.find('}') - open + 1);
    path.replace(open, name.size(), name == "{name}" ? "default" : name == "{number}" ? "1" : "tent");
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

class OpenApiTest : public FlowTest {
 protected:
  // Asks for every operation once; how many there are.
  int AskEveryOperation(const std::string& name, uint16_t port) {
    const json document = Document(name);
    EXPECT_TRUE(document.is_object()) << document;
    int operations = 0;
    for (const auto& [path, methods] : document["paths"].items()) {
      for (const auto& [method, operation] : methods.items()) {
        if (!operation.is_object() || !operation.contains("responses")) continue;
        ++operations;
        const auto answer = server_->Send(port, Upper(method), WithIds(path));
        EXPECT_NE(answer.status, 405) << method << " " << path;
        EXPECT_EQ(answer.text.find("no_such_route"), std::string::npos) << method << " " << path;
        EXPECT_TRUE(operation["responses"].contains(std::to_string(answer.status)))
            << method << " " << path << " answered " << answer.status << ": " << answer.text;
      }
    }
    return operations;
  }

  void AskEveryParameter(const std::string& name, uint16_t port) {
    const json document = Document(name);
    ASSERT_TRUE(document.is_object()) << document;
    for (const auto& [path, methods] : document["paths"].items()) {
      for (const auto& [method, operation] : methods.items()) {
        if (!operation.is_object() || !operation.contains("responses")) continue;
        for (const auto& entry : operation.value("parameters", json::array())) {
          const json parameter = Resolve(document, entry);
          if (parameter["in"] != "query") continue;
          const auto answer =
              server_->Send(port, Upper(method),
                            WithIds(path) + "?" + parameter["name"].get<std::string>() + "=%F0%9F%A6%96");
          // The value may be refused, the name may not.
          EXPECT_EQ(answer.text.find("is not a parameter"), std::string::npos)
              << path << " " << parameter["name"] << ": " << answer.text;
        }
      }
    }
  }
};

TEST_F(OpenApiTest, EveryOperation_IsServedWithADocumentedStatus) {
  TeachShop();

  EXPECT_EQ(AskEveryOperation("openapi.yaml", server_->ingest_port()), 18);
  EXPECT_EQ(AskEveryOperation("admin.openapi.yaml", server_->admin_port()), 26);
}

TEST_F(OpenApiTest, EveryQueryParameter_IsKnownToTheServer) {
  TeachShop();

  AskEveryParameter("openapi.yaml", server_->ingest_port());
  AskEveryParameter("admin.openapi.yaml", server_->admin_port());
}

}  // namespace
}  // namespace signalbox::flow
