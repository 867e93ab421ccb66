using System.Collections.Immutable;

namespace Fed.Crypto.Multiparty;

/// <summary>What a share is of and for. All of it is covered by the share's signature.</summary>
/// <param name="Key">The key.</param>
/// <param name="Factor">Names what the secret is multiplied by: the polynomials of each attempt and whose parts of the secret meet them, or those of a trial.</param>
/// <param name="Use">Hash over everything that shapes the share: active set, layout (and with it the smudging), receiver.</param>
/// <param name="Sum">Names the sum over all its attempts.</param>
/// <param name="Contributors">Hash over the names of those whose vectors are in the sum.</param>
/// <param name="Place">Names attempt and index within the sum.</param>
public sealed record ShareRequest(Hash256 Key, Hash256 Factor, Hash256 Use, Hash256 Sum, Hash256 Contributors, Hash256 Place);

/// <summary>A share that was made.</summary>
/// <param name="Request">What it is of and for.</param>
/// <param name="Counter">How many shares under the key there were with it, from 1.</param>
/// <param name="Share">Its bytes, exactly as they leave.</param>
public sealed record ShareRecord(ShareRequest Request, long Counter, ImmutableArray<byte> Share);

/// <summary>What a ledger knows that bears on a request, read at one moment.</summary>
/// <param name="Made">The share of the same key and factor, if there is one.</param>
/// <param name="Contributors">The contributors for which the sum has been opened, if it has, under any key.</param>
/// <param name="PlaceFactor">The factor that was opened at the place, if any was.</param>
/// <param name="Openings">Shares made under the key so far.</param>
public sealed record LedgerView(ShareRecord? Made, Hash256? Contributors, Hash256? PlaceFactor, long Openings);

/// <summary>A holder's memory of the shares that it made: durable, never rolled back, never deleted while the key or the job lives.</summary>
/// <remarks>
/// Two shares of one factor with different noise average the noise away, and two active sets give linear relations on the secret (the retries of ePrint 2024/194 run into this). So a share is made once, is
/// durable before it leaves, and is sent again as the same bytes. A ledger that is restored from a backup would forget shares: rotate the key then.
/// </remarks>
public interface IShareLedger
{
    /// <summary>Reads everything that bears on a request.</summary>
    LedgerView Read(ShareRequest request);

    /// <summary>
    /// Stores a share in one transaction and makes it durable: the record, its factor, its place, its contributors and the counter, or nothing.
    /// </summary>
    /// <returns>False, and nothing stored, when anything that <see cref="Read"/> returns for the request has changed: the counter is not one above the openings, the factor or the place is
    /// taken, or the sum has other contributors.</returns>
    bool Persist(ShareRecord record);
}
