#!/usr/bin/perl
# The supervisor of one daemon for machines that no prebuilt program is shipped for. Same commands, files and protocol as main.c
# beside it; docs/native.md tells what differs. Only modules that are in Debian's perl-base and in macOS's own Perl.
#   run [portable]       the configuration comes over file descriptor 3; `portable` does as on macOS: no Linux system calls, no /proc
#   remove BASE NAME ID  0 removed or not there; 1 cannot; 3 another daemon has the name; 4 it runs
#   sweep BASE           clears what processes that were killed in the middle of something left
#   start-time PID       as it stands in the state page
#   version
use strict;
use warnings;
use POSIX ();

# Not through @INC: nothing but the files beside this one can take their place.
my $folder = __FILE__ =~ m{^(.*)/[^/]*$} ? $1 : '.';
$folder = "./$folder" unless $folder =~ m{^/};
require "$folder/perl/$_.pm"
  for qw(System Processes Page Settings Claim Handshake Tree Logs Notify Control Child Health Life);

sub run {
  my ($portable) = @_;
  Duende::Processes::use_ps() if $portable;
  Duende::System::begin($portable);
  Duende::Tree::begin();
  umask 077;
  Duende::Handshake::open_client();
  Duende::Child::close_inherited(3);
  Duende::Settings::read_place();
  Duende::Claim::make_folder();
  Duende::Settings::read_rest();
  Duende::Claim::write_state();
  Duende::Logs::open_pipes();
  Duende::Claim::claim_name();
  Duende::Notify::open_all();
  Duende::Life::supervise();
}

my ($command, @rest) = @ARGV;
$command = '' unless defined $command;
if ($command eq 'version' && !@rest) {
  print "1\n";
} elsif ($command eq 'start-time' && @rest == 1) {
  print Duende::Processes::start_time($rest[0]), "\n";
} elsif ($command eq 'remove' && @rest == 3) {
  exit Duende::Claim::remove_daemon(@rest);
} elsif ($command eq 'sweep' && @rest == 1) {
  exit Duende::Claim::sweep(@rest);
} elsif ($command eq 'run' && (!@rest || "@rest" eq 'portable')) {
  # Whatever goes wrong here before the daemon runs is told to the client, and taken back.
  eval { run(scalar @rest); 1 } or Duende::Handshake::fail_spawn('supervisor', POSIX::EPROTO());
} else {
  exit 2;
}
