// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What commands and controllers ask slurmdbd, and its answers. One request, one answer. The place of an alternative is
// its number on the wire: append only. Who serves which: accounting/handlers.cpp.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/errc.h"
#include "base/ids.h"

namespace slurmxx {

// Is the daemon there, and does its database answer?
struct DbdPing {
  std::string from;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "from", self.from);
  }
};

using DbdRequest = std::variant<DbdPing>;

struct DbdError {
  Errc code = Errc::error;
  std::string message;  // empty: the code's text
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "code", self.code);
    v(2, "message", self.message);
  }
};

struct DbdDone {
  std::vector<std::string> notes;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "notes", self.notes);
  }
};

struct DbdPong {
  std::string host;
  std::string version;
  std::string storage;       // StorageType
  std::uint64_t schema = 0;  // of the database
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "host", self.host);
    v(2, "version", self.version);
    v(3, "storage", self.storage);
    v(4, "schema", self.schema);
  }
};

using DbdReply = std::variant<DbdError, DbdDone, DbdPong>;

// What a frame to and from slurmdbd holds.
struct DbdCall {
  std::uint64_t call = 0;  // answers carry it back
  RequestId request;       // of a request that changes something; kept by a retry
  std::string cluster;     // ClusterName of who asks
  DbdRequest body;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "call", self.call);
    v(2, "request", self.request);
    v(3, "cluster", self.cluster);
    v(4, "body", self.body);
  }
};

struct DbdAnswer {
  std::uint64_t call = 0;
  DbdReply body;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "call", self.call);
    v(2, "body", self.body);
  }
};

// To the sessions of controllers, unasked: the associations, QOS or TRES of this cluster have changed: ask for them.
struct DbdNews {
  std::string cluster;  // empty: every one
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cluster", self.cluster);
  }
};

}  // namespace slurmxx
