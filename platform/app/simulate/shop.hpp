// A shop to simulate: its products, and why its visitors like them (infra/sample-shop/README.md).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace signalbox::app {

struct Product {
  std::string id, category, brand, style, season;
  double price = 0;
  bool in_stock = true;
  double price_rank = 0;  // 0-1 within its category
  std::string document;   // as it stands in items.jsonl
};

struct Taste {
  std::string name;
  double share = 0;  // of the visitors
  std::map<std::string, double> categories, brands, styles;
  double price_from = 0, price_to = 1;  // ranks
};

struct Complement {
  std::string from, to;  // categories
  double chance = 0;
};

// Immutable once loaded. Threads: any.
class Shop {
 public:
  // folder: with items.jsonl and tastes.json.
  // Errors: kNotFound, kInvalidArgument, field "shop".
  static Result<Shop> Load(const std::string& folder);

  std::span<const Product> products() const { return products_; }
  std::span<const Taste> tastes() const { return tastes_; }
  std::span<const Complement> complements() const { return complements_; }
  // The shop's present, Unix milliseconds: its products' times are relative to it.
  int64_t base_date_ms() const { return base_date_ms_; }

  // How much a taste likes each product in a month (1-12), in the order of products().
  // Lifetime: the shop's. Requires: taste < tastes().size().
  std::span<const double> Affinities(size_t taste, int month) const;
  // The product of that id, or products().size().
  size_t Find(std::string_view id) const;
  // The product's document with created_at moved as the shop's present is moved to now_ms.
  std::string DocumentAt(const Product& product, int64_t now_ms) const;

 private:
  Result<void> LoadProducts(const std::string& path);
  Result<void> LoadTastes(const std::string& path);
  void RankPrices();
  void ComputeAffinities();
  double Affinity(const Taste& taste, const Product& product, int month) const;

  std::vector<Product> products_;
  std::map<std::string, size_t, std::less<>> by_id_;
  std::vector<Taste> tastes_;
  std::vector<Complement> complements_;
  std::map<std::string, double> bestsellers_;
  std::map<int, std::map<std::string, double>> seasons_;  // month → season → factor
  double default_category_ = 0, default_brand_ = 1, default_style_ = 0, outside_price_band_ = 0;
  int64_t base_date_ms_ = 0;
  std::vector<std::vector<double>> affinities_;  // [taste * 12 + month - 1][product]
};

}  // namespace signalbox::app
