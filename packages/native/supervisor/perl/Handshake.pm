# The answers to the client that spawns: `ok PID START_TIME` or `error STAGE ERRNO [LAST LINE OF THE LOG]`, one line each.
package Duende::Handshake;
use strict;
use warnings;
use Fcntl qw(F_SETFD FD_CLOEXEC);
use POSIX ();

*page = \%Duende::Page::page;
our (%page, $client);

sub open_client {
  open $client, '+<&=', 3 or POSIX::_exit(1);
  fcntl $client, F_SETFD, FD_CLOEXEC;
}

# Number 3 stays taken: the readiness pipe gets it in the daemon, where nothing else of ours may then have it.
sub close_client {
  return unless $client;
  undef $client;
  open our $placeholder, '<', '/dev/null';
}

sub answer { Duende::System::write_all($client, $_[0]) if $client }

# Takes everything back, tells why, and ends.
sub fail_spawn {
  my ($stage, $error) = @_;
  my $text = '';
  Duende::Settings::hear_out();
  if (Duende::Page::exists_already()) {
    Duende::Tree::kill_all();
    if ($page{main_pid} || $stage =~ /^exited/ || $stage eq 'timeout') {
      Duende::Logs::drain();
      $text = Duende::Logs::last_line();
    }
    Duende::Page::update(state => Duende::Page::FAILED, reason => Duende::Page::SPAWN);
  }
  Duende::Claim::roll_back();
  answer("error $stage $error $text\n");
  POSIX::_exit(1);
}

sub report_started {
  Duende::Page::update(first_pid => $page{main_pid});
  answer("ok $page{main_pid} $page{main_start}\n");
}

# Until the client has heard the answer it may die, and nobody would know of the daemon: then it is taken back.
sub await_client {
  my $got;
  do { $got = sysread $client, my $byte, 1 } while !defined $got && $!{EINTR};
  fail_spawn('client', POSIX::ECONNRESET()) unless $got;
  Duende::Page::update(committed => 1);
  close_client();
  Duende::Claim::commit_claim();
}

1;
