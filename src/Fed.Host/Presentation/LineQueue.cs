using System.Threading.Channels;

namespace Fed.Host.Presentation;

/// <summary>Writes lines in order on a thread of its own, so that a reader who pauses the pipe never pauses the run. Disposing waits until all are written.</summary>
/// <remarks>Holds what the reader has not taken: a few lines per round, so a plan's number of rounds is its limit.</remarks>
internal sealed class LineQueue : IDisposable
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _writing;

    /// <summary>Starts writing.</summary>
    /// <param name="output">Not closed by the queue.</param>
    public LineQueue(TextWriter output) => _writing = Task.Run(() => WriteAllAsync(output));

    /// <summary>Adds a line, or several separated by line feeds. After disposal it is dropped.</summary>
    public void Add(string line) => _lines.Writer.TryWrite(line);

    /// <inheritdoc/>
    public void Dispose()
    {
        _lines.Writer.TryComplete();
        _writing.GetAwaiter().GetResult();
    }

    /// <summary>A reader that has gone (<c>| head</c>) must not end a federation: the rest is dropped.</summary>
    private async Task WriteAllAsync(TextWriter output)
    {
        bool isGone = false;
        await foreach (string line in _lines.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (isGone) continue;
            try
            {
                await output.WriteAsync(line + "\n").ConfigureAwait(false);
                await output.FlushAsync().ConfigureAwait(false);
            }
            catch (IOException)
            {
                isGone = true;
            }
        }
    }
}
