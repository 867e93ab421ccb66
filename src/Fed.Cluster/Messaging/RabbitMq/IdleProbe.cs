using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using Fed.Cluster.Identity;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>
/// Holds a connection to a broker without a byte for a while, and sees whether it lives: a firewall that cuts idle connections shows. The client would send heartbeats, so this speaks AMQP 0-9-1 itself, as little as a silent connection
/// needs: start, tune without heartbeats, open, and close.
/// </summary>
public static class IdleProbe
{
    private const byte MethodFrame = 1, FrameEnd = 0xCE;
    private const int FrameBytesMax = 1 << 20, HeaderBytes = 7;
    private const ushort Connection = 10, Start = 10, StartOk = 11, Tune = 30, TuneOk = 31, Open = 40, OpenOk = 41, Close = 50, CloseOk = 51;

    /// <summary>Holds a connection.</summary>
    /// <returns>Null where it lives; else what became of it, without a full stop.</returns>
    /// <exception cref="IOException">There was none to be had.</exception>
    public static async Task<string?> HoldAsync(NodeIdentity identity, RabbitOptions options, TimeSpan idle, TimeProvider clock, CancellationToken cancel)
    {
        using TcpClient client = new() { NoDelay = true };
        Stream stream = await ConnectAsync(client, identity, options, cancel).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            long since = clock.GetTimestamp();
            Task<ushort> answer = ReadAsync(stream, ended.Token);
            await Task.WhenAny(answer, Task.Delay(idle, clock, cancel)).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
            try
            {
                if (answer.IsCompleted) return await answer.ConfigureAwait(false) == Close ? "the broker has closed it" : "the broker has broken the silence";
                await WriteAsync(stream, Close, [0, 200, 0, 0, 0, 0, 0], cancel).ConfigureAwait(false);
                ended.CancelAfter(options.AnswerLimit);
                return await answer.ConfigureAwait(false) == CloseOk ? null : "the broker has closed it";
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                return $"nothing came back after {idle.TotalSeconds:0} s of silence";
            }
            catch (Exception cut) when (cut is IOException or SocketException)
            {
                return $"it was cut within {clock.GetElapsedTime(since).TotalSeconds:0} s of silence";
            }
        }
    }

    private static async Task<Stream> ConnectAsync(TcpClient client, NodeIdentity identity, RabbitOptions options, CancellationToken cancel)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(options.AnswerLimit);
        await client.ConnectAsync(options.Proxy?.Host ?? options.Host, options.Proxy?.Port ?? options.Port, limit.Token).ConfigureAwait(false);
        if (options.Proxy is { } proxy) await proxy.TunnelAsync(client.Client, options.Host, options.Port, limit.Token).ConfigureAwait(false);
        Stream stream = client.GetStream();
        if (options.Authority is { } authority)
        {
            SslStream tls = new(stream, leaveInnerStreamOpen: false, ServerTrust.Of(authority, options.Host).CertificateValidationCallback);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = options.Host }, limit.Token).ConfigureAwait(false);
            stream = tls;
        }

        await stream.WriteAsync("AMQP\0\0\u0009\u0001"u8.ToArray(), limit.Token).ConfigureAwait(false);
        await ExpectAsync(stream, Start, limit.Token).ConfigureAwait(false);
        byte[] login = Encoding.UTF8.GetBytes($"\0{identity.Name}\0{options.Password}"), length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, login.Length);
        await WriteAsync(stream, StartOk, [0, 0, 0, 0, .. Short("PLAIN"), .. length, .. login, .. Short("en_US")], limit.Token).ConfigureAwait(false);
        byte[] tune = await ExpectAsync(stream, Tune, limit.Token).ConfigureAwait(false);
        await WriteAsync(stream, TuneOk, [.. tune[..6], 0, 0], limit.Token).ConfigureAwait(false);   // channels and frames as offered; no heartbeats
        await WriteAsync(stream, Open, [.. Short(identity.Federation), 0, 0], limit.Token).ConfigureAwait(false);
        await ExpectAsync(stream, OpenOk, limit.Token).ConfigureAwait(false);
        return stream;
    }

    private static byte[] Short(string text) => [(byte)text.Length, .. Encoding.UTF8.GetBytes(text)];

    private static async Task<byte[]> ExpectAsync(Stream stream, ushort method, CancellationToken cancel)
    {
        (ushort found, byte[] arguments) = await ReadFrameAsync(stream, cancel).ConfigureAwait(false);
        return found == method ? arguments : throw new IOException("the broker does not let this node in");
    }

    private static async Task<ushort> ReadAsync(Stream stream, CancellationToken cancel) => (await ReadFrameAsync(stream, cancel).ConfigureAwait(false)).Method;

    private static async Task<(ushort Method, byte[] Arguments)> ReadFrameAsync(Stream stream, CancellationToken cancel)
    {
        byte[] header = new byte[HeaderBytes];
        await stream.ReadExactlyAsync(header, cancel).ConfigureAwait(false);
        int size = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(3));
        if (size is < 0 or > FrameBytesMax) throw new IOException("what answers there does not speak AMQP 0-9-1");
        byte[] body = new byte[size + 1];
        await stream.ReadExactlyAsync(body, cancel).ConfigureAwait(false);
        if (body[^1] != FrameEnd) throw new IOException("what answers there does not speak AMQP 0-9-1");
        return header[0] == MethodFrame && size >= 4 ? (BinaryPrimitives.ReadUInt16BigEndian(body.AsSpan(2)), body[4..^1]) : ((ushort)0, []);
    }

    private static async Task WriteAsync(Stream stream, ushort method, byte[] arguments, CancellationToken cancel)
    {
        byte[] frame = new byte[HeaderBytes + 4 + arguments.Length + 1];
        frame[0] = MethodFrame;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(3), 4 + arguments.Length);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(HeaderBytes), Connection);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(HeaderBytes + 2), method);
        arguments.CopyTo(frame, HeaderBytes + 4);
        frame[^1] = FrameEnd;
        await stream.WriteAsync(frame, cancel).ConfigureAwait(false);
    }
}
