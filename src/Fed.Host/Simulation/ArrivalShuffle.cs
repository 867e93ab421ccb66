using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Host.Simulation;

/// <summary>
/// Holds each site's offer back by a few milliseconds drawn from a seed, so that updates arrive in another order. The model does not change: sums are sums of integers.
/// </summary>
internal sealed class ArrivalShuffle(ITransport inner, long seed) : ITransport
{
    private const int DelayMaxMilliseconds = 25;

    /// <inheritdoc/>
    public void Send(Origin from, NodeAddress to, object message)
    {
        if (message is not ProtocolMessage.OfferUpdate offer)
        {
            inner.Send(from, to, message);
            return;
        }

        byte[] draw = SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\n{from.Address}\n{offer.Collection}"));
        TimeSpan delay = TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt32LittleEndian(draw) % DelayMaxMilliseconds);
        _ = SendLaterAsync(delay, from, to, message);
    }

    private async Task SendLaterAsync(TimeSpan delay, Origin from, NodeAddress to, object message)
    {
        await Task.Delay(delay).ConfigureAwait(false);
        inner.Send(from, to, message);   // to a place on the transport, or to nobody: never throws
    }

    /// <inheritdoc/>
    public IDisposable Register(NodeAddress address, Action<Origin, object> receive) => inner.Register(address, receive);
}
