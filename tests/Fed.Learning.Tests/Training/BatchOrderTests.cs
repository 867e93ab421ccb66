using Fed.Learning.Training;

namespace Fed.Learning.Tests.Training;

public sealed class BatchOrderTests
{
    private const int Rows = 3000;   // more than the words that are drawn at once

    [Fact]
    public void Every_pass_visits_each_row_once_in_an_order_drawn_anew()
    {
        BatchOrder order = new(Rows, 7, new byte[32]);
        int[] first = Pass(order), second = Pass(order), third = Pass(order);
        foreach (int[] pass in (int[][])[first, second, third]) Assert.Equal(Enumerable.Range(0, Rows), pass.Order());
        Assert.Equal(3, order.Epoch);
        // The same draws twice would make one move of the places, done again.
        Assert.NotEqual(first.Select(place => first[place]), second);
        // About one row stays in its place by chance.
        foreach ((int[] before, int[] after) in (ReadOnlySpan<(int[], int[])>)[([.. Enumerable.Range(0, Rows)], first), (first, second), (second, third)])
            Assert.InRange(before.Zip(after).Count(static pair => pair.First == pair.Second), 0, 10);
    }

    [Fact]
    public void A_batch_of_all_rows_keeps_the_order_of_the_file()
    {
        foreach (int size in (ReadOnlySpan<int>)[0, 5, 50])
        {
            BatchOrder order = new(5, size, new byte[32]);
            for (int pass = 1; pass <= 2; pass++) Assert.Equal([0, 1, 2, 3, 4], order.Next().ToArray());
            Assert.Equal((2, 1, true), (order.Epoch, order.Batch, order.IsEpochOver));
        }
    }

    private static int[] Pass(BatchOrder order)
    {
        List<int> rows = [];
        do rows.AddRange(order.Next());
        while (!order.IsEpochOver);
        return [.. rows];
    }
}
