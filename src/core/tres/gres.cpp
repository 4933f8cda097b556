// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/tres/gres.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text/size_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

Error bad_gres(std::string_view piece, std::string_view form) {
  return fail(Errc::invalid_gres, fmt::format("Invalid generic resource (gres) specification: \"{}\": give {}",
                                              piece.substr(0, 100), form));
}

constexpr std::string_view request_form = "NAME[:TYPE][:COUNT], as in gpu:a100:2";
constexpr std::string_view offer_form = "NAME[:TYPE]:COUNT, as in gpu:a100:8(S:0-1)";

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.';
  });
}

struct Fields {
  std::string_view name;
  std::string_view type;
  std::uint64_t count = 1;
  bool consumed = true;
};

// The colon-separated part. The last field is a count when it reads as one, else a type.
std::optional<Fields> read_fields(std::string_view text) {
  auto pieces = split(text, ':');
  Fields fields;
  fields.name = pieces[0];
  pieces.erase(pieces.begin());
  if (!pieces.empty()) {
    if (auto count = parse_count(pieces.back())) {
      fields.count = *count;
      pieces.pop_back();
    }
  }
  if (!pieces.empty() && equal_ignoring_case(pieces.back(), "no_consume")) {
    fields.consumed = false;
    pieces.pop_back();
  }
  if (!pieces.empty()) {
    fields.type = pieces.back();
    pieces.pop_back();
    if (!is_name(fields.type)) return std::nullopt;
  }
  if (!pieces.empty() || !is_name(fields.name)) return std::nullopt;
  return fields;
}

template <class Gres>
bool is_repeated(const std::vector<Gres>& list, const Fields& fields) {
  return std::ranges::any_of(list, [&](const Gres& g) { return g.name == fields.name && g.type == fields.type; });
}

template <class Gres>
TresCounts count_by_name(std::span<const Gres> list) {
  TresCounts counts;
  for (const auto& gres : list) {
    counts.add("gres/" + gres.name, gres.count);
    if (!gres.type.empty()) counts.add("gres/" + gres.name + ":" + gres.type, gres.count);
  }
  return counts;
}

template <class Gres>
std::string name_text(const Gres& gres) {
  return gres.type.empty() ? gres.name : gres.name + ":" + gres.type;
}

}  // namespace

Result<std::vector<GresRequest>> parse_gres_request(std::string_view text) {
  std::vector<GresRequest> requests;
  if (equal_ignoring_case(trim(text), "none")) return requests;
  for (auto piece : split_commas(text)) {
    auto body = piece;
    for (std::string_view prefix : {"gres/", "gres:"})
      if (body.starts_with(prefix)) body.remove_prefix(prefix.size());
    std::string colons(body);
    if (auto equals = colons.find('='); equals != std::string::npos) colons[equals] = ':';
    auto fields = read_fields(colons);
    if (!fields || !fields->consumed) return bad_gres(piece, request_form);
    bool wants_count = body.find('=') != std::string_view::npos;
    if (wants_count && !parse_count(body.substr(body.find('=') + 1))) return bad_gres(piece, request_form);
    if (is_repeated(requests, *fields)) return bad_gres(text, fmt::format("{} only once", fields->name));
    if (fields->count > 0) requests.push_back({std::string(fields->name), std::string(fields->type), fields->count});
  }
  return requests;
}

Result<std::vector<NodeGres>> parse_node_gres(std::string_view text) {
  std::vector<NodeGres> offers;
  if (equal_ignoring_case(trim(text), "none")) return offers;
  for (auto piece : split_commas(text)) {
    auto body = piece;
    std::string_view sockets;
    if (auto open = body.find('('); open != std::string_view::npos) {
      auto inside = body.substr(open);
      if (!inside.starts_with("(S:") || !inside.ends_with(')') || inside.size() < 5) return bad_gres(piece, offer_form);
      sockets = inside.substr(3, inside.size() - 4);
      bool sockets_good = std::ranges::all_of(sockets, [](char c) { return is_digit(c) || c == '-' || c == ','; });
      if (!sockets_good) return bad_gres(piece, offer_form);
      body = body.substr(0, open);
    }
    auto fields = read_fields(body);
    if (!fields) return bad_gres(piece, offer_form);
    if (is_repeated(offers, *fields)) return bad_gres(text, fmt::format("{} only once", fields->name));
    offers.push_back(
        {std::string(fields->name), std::string(fields->type), fields->count, std::string(sockets), fields->consumed});
  }
  return offers;
}

std::string gres_text(std::span<const GresRequest> requests) {
  std::string text;
  for (const auto& request : requests)
    text += fmt::format("{}gres/{}:{}", text.empty() ? "" : ",", name_text(request), request.count);
  return text;
}

std::string node_gres_text(std::span<const NodeGres> offers) {
  std::string text;
  for (const auto& offer : offers)
    text += fmt::format("{}{}{}:{}{}", text.empty() ? "" : ",", name_text(offer), offer.consumed ? "" : ":no_consume",
                        scaled_text(offer.count), offer.sockets.empty() ? "" : "(S:" + offer.sockets + ")");
  return text;
}

TresCounts gres_tres(std::span<const GresRequest> requests) { return count_by_name(requests); }
TresCounts gres_tres(std::span<const NodeGres> offers) { return count_by_name(offers); }

}  // namespace slurmxx
