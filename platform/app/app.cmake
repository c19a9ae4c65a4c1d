# The program, and signalbox_app: everything of it but main(), for the flow tests.
file(GLOB_RECURSE app_sources CONFIGURE_DEPENDS *.cpp)
set(app_tests ${app_sources})
list(FILTER app_tests INCLUDE REGEX "_test\\.cpp$")
list(FILTER app_sources EXCLUDE REGEX "(_test|/main)\\.cpp$")

file(READ ${CMAKE_SOURCE_DIR}/config/signalbox.schema.json SIGNALBOX_CONFIG_SCHEMA)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/config/signalbox.schema.json)
configure_file(config/embedded_schema.cpp.in ${CMAKE_CURRENT_BINARY_DIR}/embedded_schema.cpp @ONLY)

_signalbox_expose(app ${CMAKE_CURRENT_SOURCE_DIR} app)
add_library(signalbox_app STATIC ${app_sources} ${CMAKE_CURRENT_BINARY_DIR}/embedded_schema.cpp)
target_include_directories(signalbox_app PUBLIC ${CMAKE_BINARY_DIR}/include/app)
target_link_libraries(signalbox_app
  PUBLIC signalbox_ingest signalbox_process signalbox_serve signalbox_admin signalbox_train
         signalbox_adapters_memory signalbox_adapters_sqlite signalbox_adapters_postgres
         signalbox_adapters_redis signalbox_adapters_kafka signalbox_adapters_http
         signalbox_adapters_prometheus nlohmann_json::nlohmann_json
  PRIVATE yaml-cpp Poco::Util CLI11::CLI11)

add_executable(signalbox main.cpp)
target_link_libraries(signalbox PRIVATE signalbox_app CLI11::CLI11)
target_compile_definitions(signalbox PRIVATE SIGNALBOX_VERSION="${PROJECT_VERSION}")

add_dependencies(product signalbox)

if(app_tests)
  signalbox_test(app_test SOURCES ${app_tests} LINKS signalbox_app)
endif()
