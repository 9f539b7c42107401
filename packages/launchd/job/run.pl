#!/usr/bin/perl
# The process of one launchd job: it runs the daemon once, and ends as the daemon did, so that launchd's own KeepAlive and throttle
# decide what is next. Most of it is the native adapter's supervisor, whose modules are copied beside these (src/runner.ts).
#   run.pl FOLDER POLICY THROTTLE LAUNCHCTL TARGET [portable]
# FOLDER is the daemon's: config, state, log, answer. Only modules that are in macOS's own Perl.
use strict;
use warnings;
use Fcntl qw(F_DUPFD);
use POSIX ();

my $folder;
my $launchd_umask;

BEGIN {
  # Not through @INC: nothing but the files beside this one can take their place.
  $folder = __FILE__ =~ m{^(.*)/[^/]*$} ? $1 : '.';
  $folder = "./$folder" unless $folder =~ m{^/};
  $launchd_umask = CORE::umask();
  # The supervisor gives a daemon umask 022; here it is the job's (Umask in the plist).
  no warnings 'once';
  *Duende::Child::umask = sub { CORE::umask($launchd_umask) };
  # It keeps a descriptor above 63, which openFilesMax, a limit of this process too, may not allow.
  *Duende::Child::fcntl = sub (*$$) {
    my ($file, $command, $value) = @_;
    return CORE::fcntl($file, $command, $command == F_DUPFD ? 16 : $value);
  };
}

require "$folder/perl/$_.pm"
  for qw(System Processes Page Settings Tree Logs Notify Control Child Health Life Claim Handshake Job);

sub run {
  my ($place, $policy, $throttle, $launchctl, $target, $portable) = @_;
  Duende::Job::begin($policy, $throttle, $launchctl, $target);
  chdir $place or POSIX::_exit(78);
  Duende::Job::leave_if_unwanted();
  Duende::Processes::use_ps() if $portable;
  Duende::System::begin($portable);
  Duende::Job::pass_signals_on();
  Duende::Tree::begin();
  umask 077;
  Duende::Handshake::open_client();
  Duende::Settings::read_place();
  Duende::Settings::read_rest();
  Duende::Handshake::heard();
  Duende::Claim::write_state();
  Duende::Logs::open_pipes();
  Duende::Notify::open_all();
  Duende::Life::supervise();
}

exit 64 unless @ARGV >= 5;
eval { run(@ARGV); 1 } or do {
  print STDERR "duende: $@";
  Duende::Handshake::fail_spawn('runner', POSIX::EPROTO());
};
