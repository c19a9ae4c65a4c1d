// Loads a shop and works out every taste's liking of every product.
#include "app/simulate/shop.hpp"

#include <algorithm>
#include <fstream>
#include <tuple>

#include <nlohmann/json.hpp>

#include "base/time_text.hpp"

namespace signalbox::app {
namespace {

using nlohmann::json;

constexpr int kMonths = 12;
constexpr int kFormat = 1;

Error Unreadable(const std::string& path) {
  return Error(Code::kNotFound, path + " cannot be read: name the shop's folder with --shop")
      .WithField("shop");
}

Error Wrong(const std::string& path, const std::string& what) {
  return Error(Code::kInvalidArgument, path + ": " + what + ": see infra/sample-shop/README.md")
      .WithField("shop");
}

double FactorOf(const std::map<std::string, double>& factors, const std::string& name, double otherwise) {
  const auto factor = factors.find(name);
  return factor == factors.end() ? otherwise : factor->second;
}

std::map<std::string, double> Factors(const json& object) {
  return object.get<std::map<std::string, double>>();
}

Product ProductOf(const json& object, std::string document) {
  Product product;
  product.id = object.at("item_id").get<std::string>();
  product.category = object.at("category").get<std::string>();
  product.brand = object.value("brand", "");
  product.style = object.value("style", "");
  product.season = object.value("season", "all");
  product.price = object.at("price").get<double>();
  product.in_stock = object.value("stock", 1) > 0;
  product.document = std::move(document);
  return product;
}

Taste TasteOf(const json& object) {
  Taste taste;
  taste.name = object.at("name").get<std::string>();
  taste.share = object.at("share").get<double>();
  taste.categories = Factors(object.at("categories"));
  taste.brands = Factors(object.at("brands"));
  taste.styles = Factors(object.at("styles"));
  taste.price_from = object.at("price_band").at("from").get<double>();
  taste.price_to = object.at("price_band").at("to").get<double>();
  return taste;
}

}  // namespace

Result<Shop> Shop::Load(const std::string& folder) {
  Shop shop;
  if (auto loaded = shop.LoadProducts(folder + "/items.jsonl"); !loaded) return Fail(loaded.error());
  if (auto loaded = shop.LoadTastes(folder + "/tastes.json"); !loaded) return Fail(loaded.error());
  shop.RankPrices();
  shop.ComputeAffinities();
  return shop;
}

Result<void> Shop::LoadProducts(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Fail(Unreadable(path));
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty()) continue;
    try {
      products_.push_back(ProductOf(json::parse(line), line));
    } catch (const json::exception& error) {
      return Fail(Wrong(path, "line " + std::to_string(number) + ": " + error.what()));
    }
    by_id_[products_.back().id] = products_.size() - 1;
  }
  if (products_.empty()) return Fail(Wrong(path, "no products"));
  return {};
}

Result<void> Shop::LoadTastes(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Fail(Unreadable(path));
  try {
    const json root = json::parse(file);
    if (root.at("format").get<int>() != kFormat) return Fail(Wrong(path, "another format than 1"));
    const json& defaults = root.at("defaults");
    default_category_ = defaults.at("category").get<double>();
    default_brand_ = defaults.at("brand").get<double>();
    default_style_ = defaults.at("style").get<double>();
    outside_price_band_ = defaults.at("outside_price_band").get<double>();
    for (const json& taste : root.at("tastes")) tastes_.push_back(TasteOf(taste));
    for (const json& each : root.at("complements")) {
      complements_.push_back({each.at("from").get<std::string>(), each.at("to").get<std::string>(),
                              each.at("weight").get<double>()});
    }
    bestsellers_ = Factors(root.at("bestsellers"));
    for (const json& month : root.at("months"))
      seasons_[month.at("month").get<int>()] = Factors(month.at("seasons"));
    const auto base_date = ParseRfc3339(root.at("base_date").get<std::string>());
    if (!base_date) return Fail(Wrong(path, "base_date is not RFC 3339"));
    base_date_ms_ = *base_date;
  } catch (const json::exception& error) {
    return Fail(Wrong(path, error.what()));
  }
  if (tastes_.empty()) return Fail(Wrong(path, "no tastes"));
  return {};
}

void Shop::RankPrices() {
  std::map<std::string, std::vector<Product*>> by_category;
  for (Product& product : products_) by_category[product.category].push_back(&product);
  for (auto& [category, products] : by_category) {
    std::sort(products.begin(), products.end(), [](const Product* a, const Product* b) {
      return std::tie(a->price, a->id) < std::tie(b->price, b->id);
    });
    const double last = std::max<double>(1, static_cast<double>(products.size()) - 1);
    for (size_t i = 0; i < products.size(); ++i) products[i]->price_rank = static_cast<double>(i) / last;
  }
}

double Shop::Affinity(const Taste& taste, const Product& product, int month) const {
  const bool in_band = product.price_rank >= taste.price_from && product.price_rank <= taste.price_to;
  const auto seasons = seasons_.find(month);
  const double season = seasons == seasons_.end() ? 1 : FactorOf(seasons->second, product.season, 1);
  return FactorOf(taste.categories, product.category, default_category_) *
         FactorOf(taste.brands, product.brand, default_brand_) *
         FactorOf(taste.styles, product.style, default_style_) * (in_band ? 1 : outside_price_band_) *
         season * FactorOf(bestsellers_, product.id, 1);
}

void Shop::ComputeAffinities() {
  for (const Taste& taste : tastes_) {
    for (int month = 1; month <= kMonths; ++month) {
      std::vector<double>& row = affinities_.emplace_back();
      for (const Product& product : products_) row.push_back(Affinity(taste, product, month));
    }
  }
}

std::span<const double> Shop::Affinities(size_t taste, int month) const {
  return affinities_[taste * kMonths + static_cast<size_t>(month - 1)];
}

size_t Shop::Find(std::string_view id) const {
  const auto product = by_id_.find(id);
  return product == by_id_.end() ? products_.size() : product->second;
}

std::string Shop::DocumentAt(const Product& product, int64_t now_ms) const {
  json document = json::parse(product.document, nullptr, false);
  const auto created = ParseRfc3339(document.value("created_at", ""));
  if (!created) return product.document;
  document["created_at"] = FormatRfc3339(std::max<int64_t>(0, *created + now_ms - base_date_ms_));
  return document.dump();
}

}  // namespace signalbox::app
