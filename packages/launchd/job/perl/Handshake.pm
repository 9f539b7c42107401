# What the client that spawns is told: the file `answer`, `ok PID START_TIME` or `error STAGE ERRNO [LAST LINE OF THE LOG]`.
package Duende::Handshake;
use strict;
use warnings;
use POSIX ();

*page = \%Duende::Page::page;
our (%page, $client);
my ($placeholder, $silent);

# Number 3 stays taken: the readiness pipe gets it in the daemon, where nothing else of ours may then have it.
sub open_client {
  open $placeholder, '<', '/dev/null' or POSIX::_exit(78);
  POSIX::dup2(fileno $placeholder, 3) if fileno $placeholder != 3;
  Duende::Child::close_inherited(3);
  open $client, '<', 'config' or POSIX::_exit(78);
}

# The configuration has been read. Until the daemon is ready there is a client that waits, which says nothing any more.
sub heard {
  undef $client;
  pipe $client, $silent or POSIX::_exit(78);
}

sub close_client { undef $client }

sub answer {
  my ($text) = @_;
  open my $file, '>', 'answer.new' or return;
  print $file $text;
  close $file;
  rename 'answer.new', 'answer';
}

# 78 is EX_CONFIG, which launchd itself uses for a program that it cannot execute.
sub fail_spawn {
  my ($stage, $error) = @_;
  my $text = '';
  if (Duende::Page::exists_already()) {
    Duende::Tree::kill_all();
    if ($page{main_pid} || $stage =~ /^exited/ || $stage eq 'timeout') {
      Duende::Logs::drain();
      $text = Duende::Logs::last_line();
    }
    Duende::Page::update(state => Duende::Page::FAILED, reason => Duende::Page::SPAWN, main_pid => 0, main_start => 0);
  }
  answer("error $stage $error $text\n");
  unlink 'control', 'notify';
  POSIX::_exit(78);
}

sub report_started {
  Duende::Page::update(first_pid => $page{main_pid}) unless $page{first_pid};
  answer("ok $page{main_pid} $page{main_start}\n");
  close_client();
}

sub await_client { }

1;
