// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a frame's body is: the numbers of Message::type. Append only.
#pragma once

#include "wire/session.h"

namespace slurmxx::message_type {

inline constexpr MessageType client_call = 1;    // ClientCall
inline constexpr MessageType client_answer = 2;  // ClientAnswer
inline constexpr MessageType node_report = 3;    // NodeReport, in a Reported
inline constexpr MessageType node_order = 4;     // NodeOrder, in an Ordered
inline constexpr MessageType dbd_call = 5;       // DbdCall
inline constexpr MessageType dbd_answer = 6;     // DbdAnswer
inline constexpr MessageType dbd_news = 7;       // DbdNews

}  // namespace slurmxx::message_type
