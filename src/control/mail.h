// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// --mail-type: MailProg is started on the controller's host with "-s SUBJECT RECIPIENT", and knows of the job by its
// environment. Of an array one mail tells of all tasks, unless ARRAY_TASKS is asked for; of a heterogeneous job its
// first component's. What was due while no controller ran is not made up for. slurm.conf(5) MailProg, sbatch(1)
// --mail-type.
#pragma once

#include "control/controller.h"

namespace slurmxx {

class Mail {
 public:
  explicit Mail(Controller& controller) : c_(controller) {}

  // After an event of this job.
  void follow(const JobStarted& event, const Job& job);
  void follow(const JobEnded& event, const Job& job);
  void follow(const JobLeftNode& event, const Job& job);
  template <class Other>
  void follow(const Other&, const Job&) {}

  static Seconds run_time(const Job& job, Instant until);  // 0: it has not started
  void tell_requeue(const Job& job, Seconds ran);          // of the life that is over
  void tell_never(const Job& job);                         // its dependency will not be satisfied any more

  void look_at_limits();   // TIME_LIMIT and its parts, once a second
  void skip_old_limits();  // those that were passed before this controller began

 private:
  struct Letter {
    std::string id;    // "Job_id=3"
    std::string what;  // "Began"
    std::string more;  // ", Queued time 00:00:03"
    std::vector<std::string> environment;
  };
  bool is_told_as_one(const Job& job) const;
  void send(const Job& job, Letter letter);
  void tell_end(const Job& job);
  void tell_end_of_array(const Job& job);

  Controller& c_;
};

}  // namespace slurmxx
