using System.Runtime.InteropServices;
using Fed.Host.Commands;

// The first interrupt ends the command in order; a second one ends the process at once, which the journal makes safe.
using CancellationTokenSource stop = new();
void Interrupt(PosixSignalContext signal)
{
    if (stop.IsCancellationRequested) return;
    signal.Cancel = true;
    stop.Cancel();
}
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
return FedCommand.Run(args, Console.Out, Console.Error, Console.IsInputRedirected ? null : Console.In, stop.Token);
