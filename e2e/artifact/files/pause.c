/*
 * Keeps a pod's namespaces open until it is told to stop, and takes in children
 * whose parents have died: as process 1 of a shared PID namespace it inherits
 * them.
 */
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

int main(void)
{
	int sig;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	/* Blocked signals wait for sigwait, so none is lost. */
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return 1;
	while (sigwait(&set, &sig) == 0) {
		if (sig != SIGCHLD)
			return 0;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	return 1;
}
